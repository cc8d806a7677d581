import DeeperTensors

/// ONNX LogSoftmax: the logarithm of exp(x) / sum of exp(x) along an axis.
struct LogSoftmax: Operator {
    static let name = "LogSoftmax"
    private let form: SoftmaxForm

    init(_ attributes: inout AttributeReader) throws { form = try SoftmaxForm(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(softmax: form.operationCount(outputs[0].shape, isLogarithm: true))
    }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { form.computesEntriesAlone(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering { try form.lower(request, isLogarithm: true) }
}
