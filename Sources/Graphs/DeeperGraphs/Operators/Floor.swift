/// ONNX Floor: the largest integer not above x, elementwise.
struct Floor: RealMap {
    static let name = "Floor"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.rounded(.down) }
    func apply(_ x: Double) -> Double { x.rounded(.down) }
}
