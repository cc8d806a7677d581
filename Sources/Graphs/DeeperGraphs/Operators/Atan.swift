internal import Glibc

/// ONNX Atan: the inverse tangent, elementwise.
struct Atan: RealMap {
    static let name = "Atan"
    static let firstOpset = 7

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { atan(x) }
    func apply(_ x: Double) -> Double { atan(x) }
}
