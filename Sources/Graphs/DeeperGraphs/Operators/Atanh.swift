internal import Glibc

/// ONNX Atanh: the inverse hyperbolic tangent, NaN outside -1...1, elementwise.
struct Atanh: RealMap {
    static let name = "Atanh"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { atanh(x) }
    func apply(_ x: Double) -> Double { atanh(x) }
}
