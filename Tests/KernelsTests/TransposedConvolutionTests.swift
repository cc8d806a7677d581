import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// A transposed convolution in ONNX's terms: `output` is what the window of its twin slides over.
struct TransposedCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var input: [Int]
    var output: [Int]
    var kernel: [Int]
    var stride: [Int]
    var dilation: [Int]
    var padBefore: [Int]
    var images = 1
    var channels: Int
    var filters: Int
    var groups = 1
    var inputGap = 0
    var outputGap = 0
    var hasBias = true

    static let all: [TransposedCase] = [
        TransposedCase(
            testDescription: "upsampling by 2", input: [3, 4], output: [6, 8], kernel: [2, 2], stride: [2, 2],
            dilation: [1, 1], padBefore: [0, 0], channels: 5, filters: 3),
        TransposedCase(
            testDescription: "overlapping windows, cropped, slices", input: [4, 3], output: [7, 6], kernel: [4, 3],
            stride: [2, 2], dilation: [1, 1], padBefore: [1, 0], images: 2, channels: 4, filters: 6, inputGap: 3,
            outputGap: 2),
        TransposedCase(
            testDescription: "groups, no bias", input: [3, 3], output: [5, 5], kernel: [3, 3], stride: [1, 1],
            dilation: [1, 1], padBefore: [0, 0], images: 2, channels: 6, filters: 4, groups: 2, hasBias: false),
        TransposedCase(
            testDescription: "dilation, and output that no window reaches", input: [2, 2], output: [9, 8],
            kernel: [2, 2],
            stride: [3, 2], dilation: [2, 3], padBefore: [0, 1], channels: 2, filters: 3),
        TransposedCase(
            testDescription: "1-D", input: [5], output: [11], kernel: [3], stride: [2], dilation: [1], padBefore: [0],
            channels: 3, filters: 2),
        TransposedCase(
            testDescription: "3-D", input: [2, 3, 2], output: [4, 6, 3], kernel: [2, 3, 2], stride: [2, 2, 1],
            dilation: [1, 1, 1], padBefore: [0, 1, 0], channels: 3, filters: 4),
        TransposedCase(
            testDescription: "depthwise", input: [3, 3], output: [6, 6], kernel: [4, 4], stride: [2, 2],
            dilation: [1, 1], padBefore: [1, 1], channels: 7, filters: 7, groups: 7),
        // The spread windows do not fit one block.
        TransposedCase(
            testDescription: "several blocks of pixels", input: [6, 6], output: [12, 12], kernel: [4, 4],
            stride: [2, 2],
            dilation: [1, 1], padBefore: [1, 1], channels: 1, filters: 300),
        TransposedCase(
            testDescription: "windows that touch, in a slice", input: [5, 17], output: [10, 34], kernel: [2, 2],
            stride: [2, 2], dilation: [1, 1], padBefore: [0, 0], images: 2, channels: 20, filters: 33, inputGap: 1,
            outputGap: 7),
        TransposedCase(
            testDescription: "several tiles of overlapping windows", input: [20, 21], output: [40, 42], kernel: [4, 4],
            stride: [2, 2], dilation: [1, 1], padBefore: [1, 1], channels: 40, filters: 16),
        TransposedCase(
            testDescription: "no input pixels: the bias alone", input: [0, 2], output: [3, 4], kernel: [2, 2],
            stride: [2, 2], dilation: [1, 1], padBefore: [0, 0], channels: 2, filters: 2),
    ]

    /// Every input pixel adds its window to the output; NCHW, axes filled up to three.
    func definition(_ x: [Float], _ w: [Float], _ bias: [Float]?) -> [Float] {
        func three(_ values: [Int], _ filler: Int) -> [Int] {
            Array(repeating: filler, count: 3 - values.count) + values
        }
        let (i, o, k) = (three(input, 1), three(output, 1), three(kernel, 1))
        let (s, d, p) = (three(stride, 1), three(dilation, 1), three(padBefore, 0))
        let (perGroup, filtersPerGroup) = (channels / groups, filters / groups)
        let (inputPixels, pixels, taps) = (i.reduce(1, *), o.reduce(1, *), k.reduce(1, *))
        var sums = [Double](repeating: 0, count: images * filters * pixels)
        for index in sums.indices { sums[index] = Double(bias?[index / pixels % filters] ?? 0) }
        for image in 0..<images {
            for channel in 0..<channels {
                for pixel in 0..<inputPixels {
                    let at = [pixel / (i[1] * i[2]), pixel / i[2] % i[1], pixel % i[2]]
                    for tap in 0..<taps {
                        let step = [tap / (k[1] * k[2]), tap / k[2] % k[1], tap % k[2]]
                        let spot = (0..<3).map { at[$0] * s[$0] - p[$0] + step[$0] * d[$0] }
                        guard (0..<3).allSatisfy({ spot[$0] >= 0 && spot[$0] < o[$0] }) else { continue }
                        for filter in 0..<filtersPerGroup {
                            let target = image * filters + channel / perGroup * filtersPerGroup + filter
                            sums[target * pixels + (spot[0] * o[1] + spot[1]) * o[2] + spot[2]] +=
                                Double(x[(image * channels + channel) * inputPixels + pixel])
                                * Double(w[(channel * filtersPerGroup + filter) * taps + tap])
                        }
                    }
                }
            }
        }
        return sums.map { Float($0) }
    }
}

@Suite struct TransposedConvolutionTests {
    @Test("every input pixel adds its window to the output", arguments: TransposedCase.all)
    func definition(problem: TransposedCase) throws {
        var generator = SeededGenerator(seed: 3)
        let (inputPixels, pixels) = (problem.input.reduce(1, *), problem.output.reduce(1, *))
        let taps = problem.kernel.reduce(1, *)
        // Whole numbers: equality whatever the order of additions.
        let x = generator.wholeFloats(problem.images * problem.channels * inputPixels)
        let w = generator.wholeFloats(problem.channels * problem.filters / problem.groups * taps)
        let bias = problem.hasBias ? generator.wholeFloats(problem.filters) : nil
        let expected = problem.definition(x, w, bias)
        let inputPitch = problem.channels + problem.inputGap
        let outputPitch = problem.filters + problem.outputGap
        let window = WindowGeometry(
            input: problem.output, output: problem.input, kernel: problem.kernel, stride: problem.stride,
            dilation: problem.dilation, padBefore: problem.padBefore)
        var kernels: [(String, any Kernel)] = []
        for ending in [
            Ending.none, Ending(activation: .leakyRelu(slope: 0.5), clamp: ClampRange(lower: -9, upper: 20)),
        ] {
            let epilogue = Epilogue(bias: bias, ending: ending)
            let wanted = expected.map { Float(ending.reference(Double($0))) }
            for options in try Engines.all() {
                kernels.append(
                    (
                        options.name,
                        try TransposedConvolutionKernel(
                            window: window, images: problem.images, inputChannels: problem.channels,
                            outputChannels: problem.filters, groups: problem.groups, inputPitch: inputPitch,
                            outputPitch: outputPitch, weights: w, epilogue: epilogue, options: options)
                    ))
            }
            for options in try Engines.packed()
            where PackedTransposedConvolutionKernel.supports(window, groups: problem.groups) {
                kernels.append(
                    (
                        options.name,
                        try PackedTransposedConvolutionKernel(
                            window: window, images: problem.images, inputChannels: problem.channels,
                            outputChannels: problem.filters, inputPitch: inputPitch, outputPitch: outputPitch,
                            weights: Weights(w), epilogue: epilogue, options: options)
                    ))
            }
            for (name, kernel) in kernels {
                let result = try exercise(
                    kernel,
                    inputs: [
                        Input(
                            channelsLast(
                                x, images: problem.images, channels: problem.channels, pixels: inputPixels,
                                pitch: inputPitch))
                    ],
                    outputs: [
                        Output(.float32, rows: problem.images * pixels, channels: problem.filters, pitch: outputPitch)
                    ])
                expectEqual(
                    planes(result.elements(), images: problem.images, channels: problem.filters, pixels: pixels),
                    wanted,
                    name)
            }
            kernels = []
        }
    }
}
