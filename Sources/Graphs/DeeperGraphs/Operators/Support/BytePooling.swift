import DeeperKernels
import DeeperTensors

/// ONNX Runtime's means of quantised numbers (com.microsoft). Inputs: X, its scale and zero point; Y's scale and zero
/// point.
protocol BytePooling: Operator {
    /// The window over an input of the given shape, the padding after each axis, and whether padding counts.
    func window(_ x: DeeperTensors.Shape) throws -> (geometry: WindowGeometry, after: [Int], includesPadding: Bool)
    func output(of x: DeeperTensors.Shape) throws -> DeeperTensors.Shape
}

extension BytePooling {
    static var inputCount: ClosedRange<Int> { 4...5 }
    private var pairs: (x: QuantizationPair, y: QuantizationPair) {
        (QuantizationPair(scale: 1, zeroPoint: 2), QuantizationPair(scale: 3, zeroPoint: 4))
    }
    var valueInputs: [Int] { Array(1...4) }
    var parameterInputs: [Int]? { [0] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.byteType(0), x = try inputs.shape(0)
        guard x.rank >= 3 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        try inputs.check(pairs.x, of: type)
        try inputs.check(pairs.y, of: type)
        return [TensorType(type, try output(of: x))]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: inputs.count, outputs: 1)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0), window = try window(input.shape)
        let form = IntegerPoolForm(
            window: window.geometry, padAfter: window.after, images: input.shape[0], channels: input.shape[1],
            inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch,
            includesPadding: window.includesPadding, zeroPoint: try request.zeroPoints(pairs.x)[0],
            scale: boundedFactor(try request.scales(pairs.x)[0] / request.scales(pairs.y)[0]),
            outputZeroPoint: try request.zeroPoints(pairs.y)[0])
        return .kernel(IntegerPoolKernel(input.elementType, form, options: request.options), inputs: [0])
    }
}

/// - Throws: `unsupported` if the channels come last in the model's shapes.
func refuseChannelsLast(_ attributes: inout AttributeReader) throws {
    guard try !attributes.flag("channels_last") else {
        throw DeeperError(.unsupported, "channels_last = 1 is not supported")
    }
}
