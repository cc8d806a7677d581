import DeeperKernels
import DeeperTensors

/// ONNX RNN: H = f(X W' + H R' + b), step by step. The outputs are all H and the last H.
struct RNN: Operator {
    static let name = "RNN"
    static let inputCount = 3...6
    static let outputCount = 1...2
    private let form: RecurrentForm

    init(_ attributes: inout AttributeReader) throws {
        form = try RecurrentForm(&attributes, cell: .plain, functions: ["Tanh"])
    }

    var valueInputs: [Int] { [1, 2, 3] }
    var summary: String { form.summary }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs, states: 1) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount { form.operations(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering { try form.lower(request, states: 1) }
}
