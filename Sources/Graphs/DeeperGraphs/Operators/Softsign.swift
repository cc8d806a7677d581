/// ONNX Softsign: x / (1 + |x|), elementwise.
struct Softsign: FloatMap {
    static let name = "Softsign"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x / (1 + abs(x)) }
}
