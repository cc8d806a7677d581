import DeeperKernels
import DeeperTensors

/// The part of QLinearConv and ConvInteger that is the same as in ``Conv``: window, groups and the resulting shapes.
struct IntegerConvolution: Sendable {
    private let form: Conv

    init(_ attributes: inout AttributeReader) throws { form = try Conv(&attributes) }

    var summary: String { form.summary }
    var groups: Int { form.groups }

    /// The output's shape.
    ///
    /// - Throws: `invalidModel` if shapes and attributes do not fit, or an operand is not an 8-bit type.
    func shape(_ inputs: NodeInputs, x: Int, w: Int) throws -> DeeperTensors.Shape {
        _ = (try inputs.byteType(x), try inputs.byteType(w))
        let (pixels, weights) = (try inputs.shape(x), try inputs.shape(w))
        let types = [pixels, weights].map { TensorType(.float32, $0) }
        return try form.infer(NodeInputs(types: types, values: [nil, nil]))[0].shape
    }

    func operations(x: TensorType?, w: TensorType?, bias: Bool, _ outputs: [TensorType]) -> OperationCount {
        var count = form.operations([x, w], outputs)
        count.integerMacs = count.macs
        if bias { count.bias = count.sums }
        return count
    }

    /// The convolution of input `x` with known weights, from which their zero points are subtracted.
    ///
    /// - Parameter residual: the input that the epilogue adds.
    func kernel(
        _ request: LoweringRequest, x: Int, w: Int, residual: Int? = nil, weightZeroPoints: [Int32],
        zeroPoint: ZeroPoint,
        _ epilogue: IntegerEpilogue
    ) throws -> any Kernel {
        let input = try request.input(x), weights = try request.input(w).shape
        let shape = ConvolutionShape(
            window: try form.geometry(input: input.shape, weights: weights), images: input.shape[0],
            inputChannels: input.shape[1], outputChannels: weights[0], groups: form.groups,
            inputPitch: input.pixelPitch,
            outputs: [.init(channels: weights[0], pitch: request.output.pixelPitch)],
            residualPitch: try residual.map { try request.input($0).pixelPitch })
        let (values, fitsBytes) = try request.centredWeights(w, zeroPoints: weightZeroPoints)
        return try integerConvolutionKernel(
            shape, input.elementType, weights: values, fitsBytes: fitsBytes, zeroPoint: zeroPoint, epilogue: epilogue,
            options: request.options)
    }
}
