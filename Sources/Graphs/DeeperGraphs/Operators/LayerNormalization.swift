import DeeperKernels
import DeeperTensors

/// ONNX LayerNormalization: Y = (X - mean) / sqrt(variance + epsilon) * scale + shift with the moments over all axes
/// from `axis` on. Further outputs are the means and 1 / sqrt(variance + epsilon).
///
/// Part of ONNX since opset 17; ONNX Runtime's optimiser writes it into models of any opset.
struct LayerNormalization: Operator {
    static let name = "LayerNormalization"
    static let inputCount = 2...3
    static let outputCount = 1...3
    private let form: RowNormalization

    init(_ attributes: inout AttributeReader) throws { form = try RowNormalization(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try form.infer(inputs, parameters: 1...2) }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { form.computesEntriesAlone(inputs) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        form.operations(inputs, isCentered: true, isShifted: inputs.count > 2 && inputs[2] != nil)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        try form.lower(request, isCentered: true, shift: 2, moments: [.mean, .inverseDeviation])
    }
}
