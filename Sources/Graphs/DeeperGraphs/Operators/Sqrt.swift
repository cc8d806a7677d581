/// ONNX Sqrt: the square root, elementwise.
struct Sqrt: FloatMap {
    static let name = "Sqrt"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.squareRoot() }
}
