internal import Glibc

/// ONNX Exp: the exponential, elementwise.
struct Exp: RealMap {
    static let name = "Exp"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { exp(x) }
    func apply(_ x: Double) -> Double { exp(x) }
}
