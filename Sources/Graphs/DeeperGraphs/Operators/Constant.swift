import DeeperTensors

/// ONNX Constant: the tensor, number or list of numbers in its attribute.
struct Constant: Operator {
    static let name = "Constant"
    static let inputCount = 0...0
    let value: Tensor

    init(_ attributes: inout AttributeReader) throws {
        if let tensor = try attributes.tensor("value") {
            value = tensor
        } else if let number = try attributes.float("value_float") {
            value = try Tensor(scalar: number)
        } else if let number = try attributes.int("value_int") {
            value = try Tensor(scalar: Int64(number))
        } else if let numbers = try attributes.floats("value_floats") {
            value = try Tensor(numbers, shape: [numbers.count])
        } else if let numbers = try attributes.ints("value_ints") {
            value = try Tensor(numbers.map(Int64.init), shape: [numbers.count])
        } else {
            throw DeeperError(.unsupported, "Constant without value, value_int(s) or value_float(s)")
        }
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { [TensorType(value.elementType, value.shape)] }

    func lower(_ request: LoweringRequest) throws -> Lowering { .constants([value]) }
}
