import DeeperKernels
import DeeperTensors

extension ConvolutionCase {
    /// Geometries that once broke a convolution somewhere, and the layers of GoogLeNet in miniature.
    static let named: [ConvolutionCase] = [
        ConvolutionCase("1x1", input: [5, 4], kernel: [1, 1], channels: 7, filters: 9),
        ConvolutionCase("1x1, one pixel, one channel", input: [1, 1], kernel: [1, 1], channels: 1, filters: 1),
        ConvolutionCase(
            "1x1 of a slice into a slice", input: [3, 5], kernel: [1, 1], images: 2, channels: 5, filters: 6,
            inputGap: 3,
            outputs: [(6, 5)], clamp: .relu),
        ConvolutionCase("1x1, stride 2", input: [5, 6], kernel: [1, 1], stride: [2, 2], channels: 3, filters: 4),
        ConvolutionCase("1x1, padded", input: [2, 2], kernel: [1, 1], padding: [1, 2], channels: 3, filters: 4),
        ConvolutionCase(
            "1x1, cropped by its output", input: [4, 4], kernel: [1, 1], stride: [4, 4], channels: 2, filters: 2),
        ConvolutionCase(
            "1x1, several tiles", input: [14, 14], kernel: [1, 1], images: 2, channels: 3, filters: 5, clamp: .relu),
        ConvolutionCase(
            "siblings merged: three outputs", input: [4, 5], kernel: [1, 1], images: 2, channels: 6, filters: 17,
            outputs: [(8, 3), (4, 0), (5, 1)], clamp: .relu),
        ConvolutionCase(
            "siblings merged, no bias, several tiles", input: [14, 14], kernel: [1, 1], channels: 2, filters: 6,
            outputs: [(1, 0), (2, 2), (3, 0)], hasBias: false),
        ConvolutionCase(
            "outputs that cut through groups", input: [3, 3], kernel: [3, 3], padding: [1, 1], channels: 6, filters: 9,
            groups: 3, outputs: [(2, 1), (5, 0), (2, 0)]),
        ConvolutionCase("3x3, same", input: [6, 5], kernel: [3, 3], padding: [1, 1], channels: 4, filters: 8),
        ConvolutionCase(
            "3x3, several tiles and images", input: [14, 15], kernel: [3, 3], padding: [1, 1], images: 2, channels: 2,
            filters: 3),
        ConvolutionCase(
            "3x3, input pitch", input: [5, 5], kernel: [3, 3], padding: [1, 1], channels: 3, filters: 4, inputGap: 2),
        ConvolutionCase(
            "3x3, larger than the picture", input: [2, 1], kernel: [3, 3], padding: [1, 1], channels: 3, filters: 3),
        ConvolutionCase("5x5, same", input: [6, 6], kernel: [5, 5], padding: [2, 2], channels: 3, filters: 4),
        ConvolutionCase(
            "7x7 stride 2, the first layer", input: [15, 15], kernel: [7, 7], stride: [2, 2], padding: [3, 3],
            channels: 3,
            filters: 6, clamp: .relu),
        ConvolutionCase("1x7", input: [4, 9], kernel: [1, 7], padding: [0, 3], channels: 3, filters: 3),
        ConvolutionCase("7x1", input: [9, 4], kernel: [7, 1], padding: [3, 0], channels: 3, filters: 3),
        ConvolutionCase(
            "even kernel", input: [5, 6], kernel: [2, 4], padding: [0, 1], padAfter: [1, 2], channels: 3, filters: 2),
        ConvolutionCase(
            "asymmetric padding", input: [5, 5], kernel: [3, 3], stride: [2, 2], padding: [0, 2], padAfter: [1, 0],
            channels: 3, filters: 4),
        ConvolutionCase(
            "padding wider than the window: whole windows outside", input: [2, 2], kernel: [2, 2], padding: [3, 4],
            channels: 2, filters: 3, clamp: ClampRange(lower: -5, upper: 5)),
        ConvolutionCase(
            "stride beyond the window", input: [9, 8], kernel: [2, 2], stride: [4, 5], channels: 3, filters: 2),
        ConvolutionCase(
            "dilation", input: [9, 8], kernel: [3, 3], dilation: [2, 3], padding: [2, 3], channels: 3, filters: 4),
        ConvolutionCase(
            "dilation that skips the picture", input: [2, 2], kernel: [2, 2], dilation: [3, 3], padding: [3, 3],
            channels: 2, filters: 2),
        ConvolutionCase(
            "groups", input: [5, 4], kernel: [3, 3], padding: [1, 1], images: 2, channels: 8, filters: 12, groups: 4),
        ConvolutionCase(
            "narrow groups: four channels, four filters", input: [9, 19], kernel: [3, 3], padding: [1, 1], images: 2,
            channels: 24, filters: 24, groups: 6, inputGap: 3, outputs: [(24, 5)], clamp: .relu),
        ConvolutionCase(
            "narrow groups: eight and eight, stride 2", input: [11, 33], kernel: [3, 3], stride: [2, 2],
            padding: [1, 1],
            channels: 40, filters: 40, groups: 5),
        ConvolutionCase(
            "narrow groups: two and two, dilated", input: [7, 21], kernel: [3, 3], dilation: [2, 3], padding: [2, 3],
            channels: 34, filters: 34, groups: 17, hasBias: false),
        ConvolutionCase(
            "narrow groups: three channels, eight filters", input: [5, 16], kernel: [5, 3], padding: [2, 1],
            channels: 9,
            filters: 24, groups: 3),
        ConvolutionCase(
            "two filters a channel, 7x7, stride 2", input: [15, 27], kernel: [7, 7], stride: [2, 2], padding: [3, 3],
            channels: 19, filters: 38, groups: 19, inputGap: 2),
        ConvolutionCase(
            "four filters a channel, 1x1", input: [4, 9], kernel: [1, 1], channels: 5, filters: 20, groups: 5,
            clamp: .relu),
        ConvolutionCase(
            "groups, 1x1", input: [4, 4], kernel: [1, 1], channels: 6, filters: 4, groups: 2, inputGap: 1),
        ConvolutionCase(
            "depthwise", input: [6, 5], kernel: [3, 3], padding: [1, 1], images: 2, channels: 37, filters: 37,
            groups: 37),
        ConvolutionCase(
            "depthwise, stride 2, slices", input: [7, 6], kernel: [3, 3], stride: [2, 2], padding: [0, 1],
            padAfter: [1, 1], channels: 19, filters: 19, groups: 19, inputGap: 5, outputs: [(19, 3)], hasBias: false,
            clamp: ClampRange(lower: 0, upper: 6)),
        ConvolutionCase(
            "depthwise, windows outside", input: [2, 2], kernel: [2, 2], padding: [3, 3], channels: 18, filters: 18,
            groups: 18, clamp: .relu),
        ConvolutionCase(
            "depthwise, dilation", input: [7, 7], kernel: [3, 3], dilation: [2, 2], padding: [2, 2], channels: 17,
            filters: 17, groups: 17),
        ConvolutionCase(
            "depthwise, several tiles", input: [16, 16], kernel: [3, 3], padding: [1, 1], channels: 66, filters: 66,
            groups: 66),
        ConvolutionCase(
            "depthwise, neighbours in blocks", input: [4, 24], kernel: [3, 3], padding: [1, 1], channels: 37,
            filters: 37, groups: 37, inputGap: 2, outputs: [(37, 1)], clamp: .relu),
        ConvolutionCase(
            "depthwise, neighbours in blocks, stride 2", input: [5, 33], kernel: [3, 3], stride: [2, 2],
            padding: [1, 1], channels: 33, filters: 33, groups: 33),
        ConvolutionCase(
            "depthwise 5x5, neighbours in blocks", input: [5, 21], kernel: [5, 5], padding: [2, 2], channels: 18,
            filters: 18, groups: 18, hasBias: false),
        ConvolutionCase(
            "depthwise 7x7, neighbours in blocks", input: [9, 30], kernel: [7, 7], padding: [3, 3], channels: 18,
            filters: 18, groups: 18),
        ConvolutionCase(
            "depthwise 7x7, neighbours in blocks, stride 2", input: [9, 41], kernel: [7, 7], stride: [2, 2],
            padding: [3, 3], channels: 35, filters: 35, groups: 35),
        ConvolutionCase(
            "a dilated window that the picture's edge cuts in most lines", input: [16, 7], kernel: [3, 3],
            dilation: [7, 2], padding: [7, 2], images: 2, channels: 20, filters: 35),
        ConvolutionCase(
            "depthwise, dilated, with a residual", input: [9, 23], kernel: [3, 3], dilation: [2, 3], padding: [2, 3],
            images: 2, channels: 19, filters: 19, groups: 19, inputGap: 2, outputs: [(19, 3)], clamp: .relu,
            residualGap: 1),
        ConvolutionCase(
            "depthwise 5x5, dilated, uneven padding, more steps than columns", input: [12, 4], kernel: [5, 5],
            dilation: [2, 5], padding: [3, 11], padAfter: [4, 9], channels: 16, filters: 16, groups: 16),
        ConvolutionCase(
            "depthwise, dilated, stride 2", input: [9, 17], kernel: [3, 3], stride: [2, 2], dilation: [2, 2],
            padding: [2, 2], channels: 17, filters: 17, groups: 17),
        ConvolutionCase(
            "taps that lie in the padding everywhere", input: [5, 6], kernel: [3, 3], dilation: [9, 4],
            padding: [9, 4], channels: 18, filters: 5),
        ConvolutionCase(
            "outer taps that lie in the padding everywhere, stride 2", input: [6, 6], kernel: [5, 5], stride: [2, 2],
            dilation: [4, 4], padding: [8, 8], channels: 18, filters: 18, groups: 18),
        ConvolutionCase(
            "depthwise 5x5, neighbours in blocks, stride 2", input: [6, 37], kernel: [5, 5], stride: [2, 2],
            padding: [2, 1], channels: 17, filters: 17, groups: 17),
        ConvolutionCase(
            "depthwise with two filters a channel", input: [4, 4], kernel: [3, 3], padding: [1, 1], channels: 5,
            filters: 10,
            groups: 5),
        ConvolutionCase("1-D", input: [11], kernel: [3], padding: [1], images: 2, channels: 4, filters: 5),
        ConvolutionCase(
            "1-D, stride and dilation", input: [13], kernel: [3], stride: [2], dilation: [3], channels: 4, filters: 5),
        ConvolutionCase(
            "1-D, depthwise", input: [9], kernel: [4], padding: [1], padAfter: [2], channels: 9, filters: 9, groups: 9),
        ConvolutionCase("3-D", input: [4, 3, 5], kernel: [2, 3, 3], padding: [1, 1, 1], channels: 3, filters: 4),
        ConvolutionCase(
            "3-D, everything at once", input: [5, 4, 6], kernel: [2, 2, 3], stride: [2, 1, 2], dilation: [1, 2, 2],
            padding: [1, 0, 2], padAfter: [0, 2, 1], images: 2, channels: 4, filters: 6, groups: 2, inputGap: 1,
            outputs: [(1, 2), (5, 0)], clamp: ClampRange(lower: -20, upper: 20)),
        ConvolutionCase(
            "3-D, depthwise", input: [3, 4, 3], kernel: [3, 2, 3], padding: [1, 1, 1], channels: 17, filters: 17,
            groups: 17),
        ConvolutionCase(
            "clamp to one number", input: [3, 3], kernel: [1, 1], channels: 2, filters: 3,
            clamp: ClampRange(lower: 2, upper: 2)),
        ConvolutionCase(
            "1x1, a residual", input: [5, 4], kernel: [1, 1], images: 2, channels: 7, filters: 37, clamp: .relu,
            residualGap: 0),
        ConvolutionCase(
            "1x1, a slice as residual, no bias, into a slice", input: [14, 15], kernel: [1, 1], channels: 5,
            filters: 48,
            outputs: [(48, 3)], hasBias: false, residualGap: 5),
        ConvolutionCase(
            "3x3, a residual", input: [6, 5], kernel: [3, 3], padding: [1, 1], images: 2, channels: 4, filters: 33,
            clamp: .relu, residualGap: 2),
        ConvolutionCase(
            "groups, stride 2, a residual", input: [9, 7], kernel: [3, 3], stride: [2, 2], padding: [1, 1], channels: 6,
            filters: 8, groups: 2, residualGap: 1),
        ConvolutionCase(
            "3-D, a residual", input: [3, 4, 3], kernel: [2, 2, 2], channels: 3, filters: 5, residualGap: 1),
        ConvolutionCase("no output pixels", input: [2, 2], kernel: [3, 3], channels: 2, filters: 3),
        ConvolutionCase("no images", input: [2, 2], kernel: [1, 1], images: 0, channels: 2, filters: 3),
        ConvolutionCase("no input channels: the bias alone", input: [2, 2], kernel: [1, 1], channels: 0, filters: 3),
        ConvolutionCase(
            "filters split between tiles", input: [7, 7], kernel: [3, 3], padding: [1, 1], channels: 64, filters: 75,
            outputs: [(40, 0), (35, 2)], isHeavy: true),
        ConvolutionCase(
            "filters split, one output", input: [7, 7], kernel: [1, 1], channels: 320, filters: 130, isHeavy: true),
        ConvolutionCase(
            "many tiles", input: [28, 28], kernel: [3, 3], padding: [1, 1], channels: 96, filters: 128, isHeavy: true),
    ]

    /// A geometry drawn from a seed.
    static func random(seed: UInt64) -> ConvolutionCase {
        var generator = SeededGenerator(seed: seed)
        func pick(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
        while true {
            let rank = pick(1...3)
            func each(_ range: ClosedRange<Int>) -> [Int] { (0..<rank).map { _ in pick(range) } }
            let kernel = each(1...(rank == 3 ? 3 : 5))
            let groups = [1, 1, 1, 2, 3][pick(0...4)]
            let (perGroup, filtersPerGroup) = (pick(1...13), pick(1...13))
            let isDepthwise = pick(0...3) == 0
            let channels = isDepthwise ? pick(2...35) : groups * perGroup
            let filters = isDepthwise ? channels : groups * filtersPerGroup
            let split = isDepthwise || filters < 2 || pick(0...2) > 0 ? nil : pick(1...filters - 1)
            let found = ConvolutionCase(
                "seed \(seed)", input: each(1...9), kernel: kernel, stride: each(1...3), dilation: each(1...2),
                padding: each(0...3), padAfter: each(0...3), images: pick(1...2), channels: channels, filters: filters,
                groups: isDepthwise ? channels : groups, inputGap: pick(0...1) * pick(1...7),
                outputs: split.map { [($0, pick(0...3)), (filters - $0, pick(0...3))] }
                    ?? [(filters, pick(0...1) * pick(1...9))],
                hasBias: pick(0...2) > 0,
                clamp: [.unbounded, .relu, ClampRange(lower: -10, upper: 25)][pick(0...2)],
                residualGap: split == nil && pick(0...3) == 0 ? pick(0...2) : nil)
            if found.shape.window.outputPixels > 0, found.macCount <= 40_000 { return found }
        }
    }
}
