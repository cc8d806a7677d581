/// ONNX Floor: the largest integer not above x, elementwise.
struct Floor: FloatMap {
    static let name = "Floor"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x.rounded(.down) }
}
