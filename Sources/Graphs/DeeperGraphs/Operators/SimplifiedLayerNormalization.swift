import DeeperKernels
import DeeperTensors

/// ONNX Runtime's SimplifiedLayerNormalization, which its optimiser writes into ONNX's own domain: RMSNormalization
/// with 1 / sqrt(mean of X^2 + epsilon) as a second output.
struct SimplifiedLayerNormalization: Operator {
    static let name = "SimplifiedLayerNormalization"
    static let inputCount = 2...2
    static let outputCount = 1...2
    private let form: RowNormalization

    init(_ attributes: inout AttributeReader) throws { form = try RowNormalization(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs, parameters: 1...1) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        form.operations(inputs, isCentered: false, isShifted: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        try form.lower(request, isCentered: false, moments: [.inverseDeviation])
    }
}
