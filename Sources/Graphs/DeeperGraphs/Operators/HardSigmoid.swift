import DeeperKernels

/// ONNX HardSigmoid: max(0, min(1, alpha x + beta)), elementwise.
struct HardSigmoid: ActivationOperator {
    static let name = "HardSigmoid"
    private let alpha: Float
    private let beta: Float

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 0.2)
        beta = try attributes.float("beta", default: 0.5)
        attributes.ignore("consumed_inputs")
    }

    var activation: Activation { .hardSigmoid(slope: alpha, offset: beta) }
}
