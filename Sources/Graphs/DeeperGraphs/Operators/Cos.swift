internal import Glibc

/// ONNX Cos: the cosine, elementwise.
struct Cos: RealMap {
    static let name = "Cos"
    static let firstOpset = 7

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { cos(x) }
    func apply(_ x: Double) -> Double { cos(x) }
}
