internal import Glibc

/// ONNX Log: the natural logarithm, elementwise.
struct Log: FloatMap {
    static let name = "Log"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { log(x) }
}
