import DeeperKernels
import DeeperTensors

/// ONNX Runtime's QLinearSoftmax (com.microsoft): softmax of quantised numbers along an axis, requantised. The
/// attribute opset selects one of ONNX's two forms.
struct QLinearSoftmax: Operator {
    static let name = "QLinearSoftmax"
    static let inputCount = 5...5
    private let form: SoftmaxForm
    private static let x = QuantizationPair(scale: 1, zeroPoint: 2)
    private static let y = QuantizationPair(scale: 3, zeroPoint: 4)

    init(_ attributes: inout AttributeReader) throws {
        guard let opset = try attributes.int("opset") else {
            throw DeeperError(.invalidModel, "attribute opset is required")
        }
        var own = AttributeReader(opset: opset, try attributes.int("axis").map { ["axis": .int($0)] } ?? [:])
        form = try SoftmaxForm(&own)
    }

    var valueInputs: [Int] { Array(1...4) }
    var parameterInputs: [Int]? { [0] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { form.computesEntriesAlone(inputs) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.byteType(0), x = try inputs.shape(0)
        try inputs.check(Self.x, of: type)
        try inputs.check(Self.y, of: type)
        _ = try form.infer(NodeInputs(types: [TensorType(.float32, x)], values: [nil]))
        return [TensorType(type, x)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(softmax: form.operationCount(outputs[0].shape))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0), span = try form.span(of: input.shape)
        let kernel = integerSoftmaxKernel(
            input.elementType, outer: span.outer, count: span.length, inner: span.inner,
            inputScale: try request.scales(Self.x)[0], outputScale: try request.scales(Self.y)[0],
            outputZeroPoint: try request.zeroPoints(Self.y)[0])
        return .kernel(kernel, inputs: [0])
    }
}
