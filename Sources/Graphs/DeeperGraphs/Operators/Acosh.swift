internal import Glibc

/// ONNX Acosh: the inverse hyperbolic cosine, NaN below 1, elementwise.
struct Acosh: RealMap {
    static let name = "Acosh"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { acosh(x) }
    func apply(_ x: Double) -> Double { acosh(x) }
}
