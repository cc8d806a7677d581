import DeeperTensors

/// ONNX Scatter, which opset 11 renamed to ScatterElements: Y = X, then Y[i, indices[i, j, ...], ...] = updates[i, j,
/// ...] for the axis of j.
struct Scatter: Operator {
    static let name = "Scatter"
    static let inputCount = ScatterElements.inputCount
    static let firstOpset = 9
    static let lastOpset = 10
    private let elements: ScatterElements

    init(_ attributes: inout AttributeReader) throws { elements = try ScatterElements(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try elements.infer(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering { try elements.lower(request) }
}
