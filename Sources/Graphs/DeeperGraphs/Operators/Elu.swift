internal import Glibc

/// ONNX Elu: x where x >= 0, alpha (exp(x) - 1) elsewhere, elementwise.
struct Elu: FloatMap {
    static let name = "Elu"
    private let alpha: Float

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 1)
        attributes.ignore("consumed_inputs")
    }

    func apply(_ x: Float) -> Float { x < 0 ? alpha * expm1(x) : x }
}
