/// ONNX Ceil: the smallest integer not below x, elementwise.
struct Ceil: RealMap {
    static let name = "Ceil"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.rounded(.up) }
    func apply(_ x: Double) -> Double { x.rounded(.up) }
}
