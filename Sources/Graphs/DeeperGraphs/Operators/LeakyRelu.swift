/// ONNX LeakyRelu: x where x >= 0, alpha x elsewhere, elementwise.
struct LeakyRelu: FloatMap {
    static let name = "LeakyRelu"
    private let alpha: Float

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 0.01)
        attributes.ignore("consumed_inputs")
    }

    func apply(_ x: Float) -> Float { x < 0 ? alpha * x : x }
}
