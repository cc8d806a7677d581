/// ONNX Round: the nearest integer, the even one of two equally near, elementwise.
struct Round: RealMap {
    static let name = "Round"
    static let firstOpset = 11

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.rounded(.toNearestOrEven) }
    func apply(_ x: Double) -> Double { x.rounded(.toNearestOrEven) }
}
