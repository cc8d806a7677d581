import DeeperTensors

/// ONNX Softmax: exp(x) / sum of exp(x) along an axis.
struct Softmax: Operator {
    static let name = "Softmax"
    private let form: SoftmaxForm

    init(_ attributes: inout AttributeReader) throws { form = try SoftmaxForm(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(softmax: form.operationCount(outputs[0].shape))
    }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { form.computesEntriesAlone(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering { try form.lower(request, isLogarithm: false) }
}
