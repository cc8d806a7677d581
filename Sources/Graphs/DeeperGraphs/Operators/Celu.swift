import DeeperKernels

/// ONNX Celu: x where x >= 0, alpha (exp(x / alpha) - 1) elsewhere, elementwise.
struct Celu: ActivationOperator {
    static let name = "Celu"
    static let firstOpset = 12
    let activation: Activation

    init(_ attributes: inout AttributeReader) throws {
        activation = .celu(alpha: try attributes.float("alpha", default: 1))
    }
}
