internal import Glibc

/// ONNX Exp: the exponential, elementwise.
struct Exp: FloatMap {
    static let name = "Exp"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { exp(x) }
}
