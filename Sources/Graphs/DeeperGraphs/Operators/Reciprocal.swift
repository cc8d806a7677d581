/// ONNX Reciprocal: 1 / x, elementwise.
struct Reciprocal: RealMap {
    static let name = "Reciprocal"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { 1 / x }
    func apply(_ x: Double) -> Double { 1 / x }
}
