internal import Glibc

/// ONNX Sin: the sine, elementwise.
struct Sin: RealMap {
    static let name = "Sin"
    static let firstOpset = 7

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { sin(x) }
    func apply(_ x: Double) -> Double { sin(x) }
}
