/// ONNX Ceil: the smallest integer not below x, elementwise.
struct Ceil: FloatMap {
    static let name = "Ceil"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.rounded(.up) }
}
