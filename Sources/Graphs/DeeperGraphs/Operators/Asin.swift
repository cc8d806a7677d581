internal import Glibc

/// ONNX Asin: the inverse sine, NaN outside -1...1, elementwise.
struct Asin: RealMap {
    static let name = "Asin"
    static let firstOpset = 7

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { asin(x) }
    func apply(_ x: Double) -> Double { asin(x) }
}
