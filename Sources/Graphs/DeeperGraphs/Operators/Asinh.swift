internal import Glibc

/// ONNX Asinh: the inverse hyperbolic sine, elementwise.
struct Asinh: RealMap {
    static let name = "Asinh"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { asinh(x) }
    func apply(_ x: Double) -> Double { asinh(x) }
}
