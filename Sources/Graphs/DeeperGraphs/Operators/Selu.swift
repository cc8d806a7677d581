import DeeperKernels

/// ONNX Selu: gamma x where x > 0, gamma alpha (exp(x) - 1) elsewhere, elementwise.
struct Selu: ActivationOperator {
    static let name = "Selu"
    let activation: Activation

    init(_ attributes: inout AttributeReader) throws {
        let alpha = try attributes.float("alpha", default: 1.67326319217681884765625)
        activation = .selu(alpha: alpha, scale: try attributes.float("gamma", default: 1.05070102214813232421875))
        attributes.ignore("consumed_inputs")
    }
}
