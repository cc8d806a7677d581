import DeeperTensors

/// ONNX ConstantOfShape: a tensor of the given shape filled with one value.
struct ConstantOfShape: Operator {
    static let name = "ConstantOfShape"
    static let firstOpset = 9
    private let value: Tensor

    init(_ attributes: inout AttributeReader) throws {
        value = try attributes.tensor("value") ?? Tensor([Float(0)], shape: [1])
        guard value.shape.elementCount == 1 else {
            throw DeeperError(.invalidModel, "attribute value has shape \(value.shape), expected one element")
        }
    }

    var valueInputs: [Int] { [0] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(value.elementType, try DeeperTensors.Shape(validating: try inputs.integers(0)))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        .constants([try Tensor(repeating: value, shape: request.output.shape)])
    }
}
