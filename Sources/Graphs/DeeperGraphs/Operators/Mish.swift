internal import Glibc

/// ONNX Mish: x tanh(ln(1 + exp(x))), elementwise.
struct Mish: FloatMap {
    static let name = "Mish"
    static let firstOpset = 18

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ x: Float) -> Float { x * tanh(softplus(x)) }
}
