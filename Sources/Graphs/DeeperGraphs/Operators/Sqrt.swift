/// ONNX Sqrt: the square root, elementwise.
struct Sqrt: RealMap {
    static let name = "Sqrt"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.squareRoot() }
    func apply(_ x: Double) -> Double { x.squareRoot() }
}
