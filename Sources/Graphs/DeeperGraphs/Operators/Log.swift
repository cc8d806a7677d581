internal import Glibc

/// ONNX Log: the natural logarithm, elementwise.
struct Log: RealMap {
    static let name = "Log"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { log(x) }
    func apply(_ x: Double) -> Double { log(x) }
}
