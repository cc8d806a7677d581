import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// A convolution: its geometry, and inputs made from a seed.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
    var name: String
    /// Spatial extents; everything else along these axes has as many entries.
    var input: [Int]
    var kernel: [Int]
    var stride: [Int]
    var dilation: [Int]
    var padBefore: [Int]
    var padAfter: [Int]
    var images: Int
    var channels: Int
    var filters: Int
    var groups: Int
    /// Floats between the pixels of the input.
    var inputGap: Int
    /// Channels of each output operand, and floats between its pixels.
    var outputs: [(channels: Int, gap: Int)]
    var hasBias: Bool
    var activation: Activation
    var clamp: ClampRange
    /// Floats between the pixels of what is added to the output, nil where nothing is.
    var residualGap: Int?
    /// Takes seconds without optimisation.
    var isHeavy: Bool

    init(
        _ name: String, input: [Int], kernel: [Int], stride: [Int]? = nil, dilation: [Int]? = nil,
        padding: [Int]? = nil, padAfter: [Int]? = nil, images: Int = 1, channels: Int, filters: Int, groups: Int = 1,
        inputGap: Int = 0, outputs: [(channels: Int, gap: Int)]? = nil, hasBias: Bool = true,
        activation: Activation = .identity, clamp: ClampRange = .unbounded, residualGap: Int? = nil,
        isHeavy: Bool = false
    ) {
        let (ones, zeros) = (input.map { _ in 1 }, input.map { _ in 0 })
        self.name = name
        self.input = input
        self.kernel = kernel
        self.stride = stride ?? ones
        self.dilation = dilation ?? ones
        self.padBefore = padding ?? zeros
        self.padAfter = padAfter ?? padding ?? zeros
        self.images = images
        self.channels = channels
        self.filters = filters
        self.groups = groups
        self.inputGap = inputGap
        self.outputs = outputs ?? [(filters, 0)]
        self.hasBias = hasBias
        self.activation = activation
        self.clamp = clamp
        self.residualGap = residualGap
        self.isHeavy = isHeavy
    }

    var testDescription: String { name }

    /// Output extents by the rule of ONNX; none where a window does not fit.
    var output: [Int] {
        input.indices.map { axis in
            let room = input[axis] + padBefore[axis] + padAfter[axis] - dilation[axis] * (kernel[axis] - 1) - 1
            return room < 0 ? 0 : room / stride[axis] + 1
        }
    }

    var shape: ConvolutionShape {
        ConvolutionShape(
            window: WindowGeometry(
                input: input, output: output, kernel: kernel, stride: stride, dilation: dilation, padBefore: padBefore),
            images: images, inputChannels: channels, outputChannels: filters, groups: groups,
            inputPitch: channels + inputGap,
            outputs: outputs.map { ConvolutionShape.OutputPart(channels: $0.channels, pitch: $0.channels + $0.gap) },
            residualPitch: residualGap.map { filters + $0 })
    }

    var macCount: Int { images * filters * shape.reduction * shape.window.outputPixels }

    /// Inputs in NCHW, weights as ONNX stores them.
    struct Values {
        var input: [Float]
        var weights: [Float]
        var bias: [Float]?
        /// A factor a filter.
        var scale: [Float]?
        /// In NCHW.
        var residual: [Float]?

        /// The magnitude of every number.
        var magnitudes: Values {
            Values(
                input: input.map(abs), weights: weights.map(abs), bias: bias?.map(abs), residual: residual?.map(abs))
        }
    }

    private var outputCount: Int { images * filters * shape.window.outputPixels }

    /// Small whole numbers: whatever the order of additions, the result is exact.
    func wholeValues(seed: UInt64 = 1) -> Values {
        var generator = SeededGenerator(seed: seed)
        return Values(
            input: generator.wholeFloats(images * channels * shape.window.inputPixels),
            weights: generator.wholeFloats(filters * shape.reduction),
            bias: hasBias ? generator.wholeFloats(filters, bound: 9) : nil,
            residual: residualGap == nil ? nil : generator.wholeFloats(outputCount, bound: 20))
    }

    func realValues(seed: UInt64 = 1) -> Values {
        var generator = SeededGenerator(seed: seed)
        return Values(
            input: generator.floats(images * channels * shape.window.inputPixels),
            weights: generator.floats(filters * shape.reduction), bias: hasBias ? generator.floats(filters) : nil,
            residual: residualGap == nil ? nil : generator.floats(outputCount))
    }

    private func epilogue(_ values: Values) -> Epilogue {
        Epilogue(scale: values.scale, bias: values.bias, activation: activation, clamp: clamp)
    }

    func reference(_ values: Values) -> [Float] {
        convolutionReference(
            shape, input: values.input, weights: values.weights, residual: values.residual, epilogue: epilogue(values))
    }

    /// The kernel without regard to depthwise convolutions' own.
    func kernel(_ values: Values, _ options: KernelOptions) throws -> any Kernel {
        guard options.packsFilters, PackedConvolutionKernel.supports(shape) else {
            return try GemmConvolutionKernel(
                shape, weights: Weights(values.weights), epilogue: epilogue(values), options: options)
        }
        return try PackedConvolutionKernel(
            shape, weights: Weights(values.weights), epilogue: epilogue(values), options: options)
    }

    /// The kernel for few filters, if it applies.
    func planarKernel(_ values: Values, _ options: KernelOptions) throws -> PlanarConvolutionKernel? {
        try PlanarConvolutionKernel(
            shape, weights: Weights(values.weights), epilogue: epilogue(values), options: options)
    }

    func winogradKernel(_ form: WinogradForm, _ values: Values, _ options: KernelOptions) throws -> any Kernel {
        try WinogradConvolutionKernel(
            shape, form: form, weights: Weights(values.weights), epilogue: epilogue(values), options: options)
    }

    func depthwiseKernel(_ values: Values, _ options: KernelOptions) throws -> any Kernel {
        try DepthwiseConvolutionKernel(
            shape, weights: Weights(values.weights), epilogue: epilogue(values), options: options)
    }

    /// Runs a kernel under ``exercise(_:inputs:outputs:sourceLocation:)`` and puts its outputs together in NCHW.
    func run(_ kernel: any Kernel, _ values: Values, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> [Float]
    {
        let (inputPixels, outputPixels) = (shape.window.inputPixels, shape.window.outputPixels)
        let input = channelsLast(
            values.input, images: images, channels: channels, pixels: inputPixels, pitch: channels + inputGap)
        var inputs = [Input(input)]
        if let residual = values.residual, let residualGap {
            inputs.append(
                Input(
                    channelsLast(
                        residual, images: images, channels: filters, pixels: outputPixels,
                        pitch: filters + residualGap)))
        }
        let result = try exercise(
            kernel, inputs: inputs,
            outputs: outputs.map {
                Output(.float32, rows: images * outputPixels, channels: $0.channels, pitch: $0.channels + $0.gap)
            }, sourceLocation: sourceLocation)
        let parts = outputs.indices.map { index in
            planes(result.elements(index), images: images, channels: outputs[index].channels, pixels: outputPixels)
        }
        return (0..<images).flatMap { image in
            zip(parts, outputs).flatMap { part, output in
                part[image * output.channels * outputPixels..<(image + 1) * output.channels * outputPixels]
            }
        }
    }
}
