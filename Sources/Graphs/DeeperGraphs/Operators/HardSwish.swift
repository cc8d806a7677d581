/// ONNX HardSwish: x max(0, min(1, x / 6 + 0.5)), elementwise.
struct HardSwish: FloatMap {
    static let name = "HardSwish"
    static let firstOpset = 14

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x * max(0, min(1, x / 6 + 0.5)) }
}
