internal import Glibc

/// ONNX Sigmoid: 1 / (1 + exp(-x)), elementwise.
struct Sigmoid: FloatMap {
    static let name = "Sigmoid"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
