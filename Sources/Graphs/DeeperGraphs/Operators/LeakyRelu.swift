import DeeperKernels

/// ONNX LeakyRelu: x where x >= 0, alpha x elsewhere, elementwise.
struct LeakyRelu: ActivationOperator {
    static let name = "LeakyRelu"
    private let alpha: Float

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 0.01)
        attributes.ignore("consumed_inputs")
    }

    var activation: Activation { .leakyRelu(slope: alpha) }
}
