import DeeperKernels
import DeeperTensors

/// ONNX RMSNormalization: Y = X / sqrt(mean of X^2 + epsilon) * scale with the mean over all axes from `axis` on.
struct RMSNormalization: Operator {
    static let name = "RMSNormalization"
    static let firstOpset = 23
    static let inputCount = 2...2
    private let form: RowNormalization

    init(_ attributes: inout AttributeReader) throws { form = try RowNormalization(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs, parameters: 1...1) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        form.operations(inputs, isCentered: false, isShifted: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        try form.lower(request, isCentered: false, moments: [])
    }
}
