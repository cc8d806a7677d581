import DeeperKernels
import DeeperTensors

/// ONNX Celu: x where x >= 0, alpha (exp(x / alpha) - 1) elsewhere, elementwise.
struct Celu: ActivationOperator {
    static let name = "Celu"
    static let firstOpset = 12
    let activation: Activation

    init(_ attributes: inout AttributeReader) throws {
        let alpha = try attributes.float("alpha", default: 1)
        guard alpha > 0 else { throw DeeperError(.unsupported, "alpha is \(alpha), supported: above 0") }
        activation = .celu(alpha: alpha)
    }
}
