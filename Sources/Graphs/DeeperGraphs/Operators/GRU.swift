import DeeperKernels
import DeeperTensors

/// ONNX GRU: H = (1 - z) h + z H, step by step, where the gates z, r and the candidate h are functions of X W', H R'
/// and b. The outputs are all H and the last H.
///
/// h = g(X W' + (r H) R' + b) or, with linear_before_reset, g(X W' + r (H R' + b) + b).
struct GRU: Operator {
    static let name = "GRU"
    static let inputCount = 3...6
    static let outputCount = 1...2
    private let form: RecurrentForm

    init(_ attributes: inout AttributeReader) throws {
        let resetsAfter = try attributes.flag("linear_before_reset")
        form = try RecurrentForm(&attributes, cell: .gru(resetsAfter: resetsAfter), functions: ["Sigmoid", "Tanh"])
    }

    var valueInputs: [Int] { [1, 2, 3] }
    var summary: String { form.summary }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs, states: 1) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount { form.operations(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering { try form.lower(request, states: 1) }
}
