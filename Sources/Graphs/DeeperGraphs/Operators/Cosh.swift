internal import Glibc

/// ONNX Cosh: the hyperbolic cosine, elementwise.
struct Cosh: RealMap {
    static let name = "Cosh"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { cosh(x) }
    func apply(_ x: Double) -> Double { cosh(x) }
}
