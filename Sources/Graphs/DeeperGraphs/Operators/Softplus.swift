/// ONNX Softplus: ln(1 + exp(x)), elementwise.
struct Softplus: FloatMap {
    static let name = "Softplus"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { softplus(x) }
}
