internal import Glibc

/// ONNX Tan: the tangent, elementwise.
struct Tan: RealMap {
    static let name = "Tan"
    static let firstOpset = 7

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { tan(x) }
    func apply(_ x: Double) -> Double { tan(x) }
}
