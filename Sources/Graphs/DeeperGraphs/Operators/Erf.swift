internal import Glibc

/// ONNX Erf: the error function, elementwise.
struct Erf: RealMap {
    static let name = "Erf"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { erf(x) }
    func apply(_ x: Double) -> Double { erf(x) }
}
