internal import Glibc

/// ONNX Erf: the error function, elementwise.
struct Erf: FloatMap {
    static let name = "Erf"
    static let isActivation = false
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { erf(x) }
}
