import DeeperTensors

/// The values of a constant along one axis of the shape that it is broadcast to; nil if it varies along another axis or
/// is not float32.
func perColumn(_ tensor: Tensor, axis: Int, of shape: Shape) throws -> [Float]? {
    guard tensor.elementType == .float32, tensor.shape.rank <= shape.rank else { return nil }
    let values = try tensor.elements(as: Float.self)
    if values.count == 1 { return Array(repeating: values[0], count: shape[axis]) }
    let padded = Array(repeating: 1, count: shape.rank - tensor.shape.rank) + tensor.shape.dimensions
    guard padded.enumerated().allSatisfy({ $0 == axis ? $1 == shape[axis] : $1 == 1 }) else { return nil }
    return values
}
