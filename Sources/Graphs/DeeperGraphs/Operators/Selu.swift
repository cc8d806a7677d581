internal import Glibc

/// ONNX Selu: gamma x where x > 0, gamma alpha (exp(x) - 1) elsewhere, elementwise.
struct Selu: FloatMap {
    static let name = "Selu"
    private let alpha: Float
    private let gamma: Float

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 1.67326319217681884765625)
        gamma = try attributes.float("gamma", default: 1.05070102214813232421875)
        attributes.ignore("consumed_inputs")
    }

    func apply(_ x: Float) -> Float { gamma * (x > 0 ? x : alpha * expm1(x)) }
}
