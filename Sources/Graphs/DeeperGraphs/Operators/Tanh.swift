internal import Glibc

/// ONNX Tanh: tanh(x), elementwise.
struct Tanh: FloatMap {
    static let name = "Tanh"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { tanh(x) }
}
