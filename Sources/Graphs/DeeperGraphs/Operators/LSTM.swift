import DeeperKernels
import DeeperTensors

/// ONNX LSTM: C = f C + i c and H = o h(C) where the gates i, o, f and the candidate c are functions of X W', H R', b
/// and, through peepholes, C. The outputs are all H, the last H and the last C.
struct LSTM: Operator {
    static let name = "LSTM"
    static let inputCount = 3...8
    static let outputCount = 1...3
    private let form: RecurrentForm

    init(_ attributes: inout AttributeReader) throws {
        let isCoupled = try attributes.flag("input_forget")
        form = try RecurrentForm(
            &attributes, cell: .lstm(isCoupled: isCoupled), functions: ["Sigmoid", "Tanh", "Tanh"])
    }

    var valueInputs: [Int] { [1, 2, 3, 7] }
    var summary: String { form.summary }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs, states: 2) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount { form.operations(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering { try form.lower(request, states: 2) }
}
