internal import Glibc

/// ONNX Sinh: the hyperbolic sine, elementwise.
struct Sinh: RealMap {
    static let name = "Sinh"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { sinh(x) }
    func apply(_ x: Double) -> Double { sinh(x) }
}
