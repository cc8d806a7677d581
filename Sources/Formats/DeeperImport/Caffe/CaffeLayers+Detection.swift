import DeeperGraphs
import DeeperTensors

// The layers of SSD (Liu et al., arXiv 1512.02325).
extension CaffeLayers {
    /// The boxes of every cell of the feature map, and their variances: a constant for the extents in the text.
    @Sendable static func priorBox(_ net: inout CaffeGraphBuilder, _ layer: inout CaffeLayerContext) throws {
        try layer.expect(bottoms: 2...2)
        var p = try layer.parameters.parameters("prior_box_param")
        let (map, picture) = (
            try net.shape(net.read(layer.layer.bottoms[0])), try net.shape(net.read(layer.layer.bottoms[1]))
        )
        guard map.rank == 4, picture.rank == 4 else {
            throw DeeperError(.unsupported, "boxes for \(map) of \(picture)")
        }
        let boxes = try PriorBoxes(&p, map: map, picture: picture)
        try p.finish()
        net.define(layer.layer.tops[0], try net.constant(layer.name, try boxes.tensor()))
    }

    /// The concatenation of priors, if that is what it is.
    static func joinedPriors(_ parts: [Tensor], _ axis: Int) throws -> Tensor? {
        guard axis == 2, parts.allSatisfy({ $0.shape.rank == 3 && $0.shape[0] == 1 && $0.shape[1] == 2 }) else {
            return nil
        }
        let elements = try parts.map { try $0.elements(as: Float.self) }
        var result: [Float] = []
        for half in 0..<2 {
            for part in elements { result += part[(half * part.count / 2)..<((half + 1) * part.count / 2)] }
        }
        return try Tensor(result, shape: [1, 2, result.count / 2])
    }
}

/// The boxes of a PriorBox layer.
private struct PriorBoxes {
    private let map: (height: Int, width: Int)
    private let picture: (height: Float, width: Float)
    private let step: (height: Float, width: Float)
    private let offset: Float
    private let variances: [Float]
    private let isClipped: Bool
    /// Width and height of the boxes of one cell, in pixels of the picture.
    private var sizes: [(width: Float, height: Float)] = []

    private static let mostBoxes = 1 << 22
    private static let mostRatios = 256

    init(_ p: inout CaffeParameters, map: Shape, picture: Shape) throws {
        self.map = (map[2], map[3])
        let square = try p.int("img_size")
        self.picture = (
            Float(try square ?? p.int("img_h") ?? picture[2]), Float(try square ?? p.int("img_w") ?? picture[3])
        )
        p.ignore("img_h", "img_w", "step_h", "step_w")
        let step = try p.float("step")
        self.step = (
            try step ?? p.float("step_h") ?? self.picture.height / Float(map[2]),
            try step ?? p.float("step_w") ?? self.picture.width / Float(map[3])
        )
        offset = try p.float("offset") ?? 0.5
        isClipped = try p.flag("clip", default: false)
        let given = try p.floats("variance")
        guard [0, 1, 4].contains(given.count) else {
            throw DeeperError(.invalidModel, "\(given.count) variances, expected 1 or 4")
        }
        variances = given.count == 4 ? given : Array(repeating: given.first ?? 0.1, count: 4)
        // Caffe keeps whole pixels of the sizes.
        let smallest = try p.floats("min_size").map { $0.rounded(.towardZero) }
        let largest = try p.floats("max_size").map { $0.rounded(.towardZero) }
        let isFlipped = try p.flag("flip", default: true)
        var ratios: [Float] = [1]
        let givenRatios = try p.floats("aspect_ratio")
        guard givenRatios.count <= PriorBoxes.mostRatios else {
            throw DeeperError(.limitExceeded, "more than \(PriorBoxes.mostRatios) aspect_ratio")
        }
        for ratio in givenRatios where !ratios.contains(where: { abs($0 - ratio) < 1e-6 }) {
            guard ratio > 0 else { throw DeeperError(.invalidModel, "aspect_ratio is \(ratio)") }
            ratios += isFlipped ? [ratio, 1 / ratio] : [ratio]
        }
        guard !smallest.isEmpty, largest.isEmpty || largest.count == smallest.count,
            (smallest + largest).allSatisfy({ $0 > 0 })
        else { throw DeeperError(.invalidModel, "\(smallest.count) min_size and \(largest.count) max_size") }
        let perSize = ratios.count + (largest.isEmpty ? 0 : 1)
        let (perCell, isLarge) = smallest.count.multipliedReportingOverflow(by: perSize)
        let (count, isOverflow) = (map[2] * map[3]).multipliedReportingOverflow(by: perCell)
        guard !isLarge, !isOverflow, count <= PriorBoxes.mostBoxes else {
            throw DeeperError(.limitExceeded, "more than \(PriorBoxes.mostBoxes) boxes")
        }
        let extents = [self.picture.height, self.picture.width, self.step.height, self.step.width]
        guard (extents + variances).allSatisfy({ $0 > 0 }) else {
            throw DeeperError(
                .invalidModel, "the sizes of the picture, the steps and the variances must be more than 0")
        }
        for (index, size) in smallest.enumerated() {
            sizes.append((size, size))
            if !largest.isEmpty {
                let middle = (size * largest[index]).squareRoot()
                sizes.append((middle, middle))
            }
            for ratio in ratios where abs(ratio - 1) >= 1e-6 {
                sizes.append((size * ratio.squareRoot(), size / ratio.squareRoot()))
            }
        }
    }

    /// 1 x 2 x 4 B: the corners of the boxes in parts of the picture, then their variances.
    func tensor() throws -> Tensor {
        var boxes: [Float] = []
        let count = 4 * map.height * map.width * sizes.count
        boxes.reserveCapacity(2 * count)
        for row in 0..<map.height {
            for column in 0..<map.width {
                let (x, y) = ((Float(column) + offset) * step.width, (Float(row) + offset) * step.height)
                for size in sizes {
                    boxes.append((x - size.width / 2) / picture.width)
                    boxes.append((y - size.height / 2) / picture.height)
                    boxes.append((x + size.width / 2) / picture.width)
                    boxes.append((y + size.height / 2) / picture.height)
                }
            }
        }
        if isClipped { boxes = boxes.map { min(max($0, 0), 1) } }
        for _ in 0..<count / 4 { boxes += variances }
        return try Tensor(boxes, shape: [1, 2, count])
    }
}
