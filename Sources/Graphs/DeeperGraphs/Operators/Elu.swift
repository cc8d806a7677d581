import DeeperKernels

/// ONNX Elu: x where x >= 0, alpha (exp(x) - 1) elsewhere, elementwise.
struct Elu: ActivationOperator {
    static let name = "Elu"
    let activation: Activation

    init(_ attributes: inout AttributeReader) throws {
        activation = .elu(alpha: try attributes.float("alpha", default: 1))
        attributes.ignore("consumed_inputs")
    }
}
