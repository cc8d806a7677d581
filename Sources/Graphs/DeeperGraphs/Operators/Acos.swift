internal import Glibc

/// ONNX Acos: the inverse cosine, NaN outside -1...1, elementwise.
struct Acos: RealMap {
    static let name = "Acos"
    static let firstOpset = 7

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { acos(x) }
    func apply(_ x: Double) -> Double { acos(x) }
}
