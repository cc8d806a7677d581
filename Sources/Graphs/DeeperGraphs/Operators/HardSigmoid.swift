public import DeeperKernels

/// ONNX HardSigmoid: max(0, min(1, alpha x + beta)), elementwise.
public struct HardSigmoid: ActivationOperator {
    public static let name = "HardSigmoid"
    public let alpha: Float
    public let beta: Float

    public init(alpha: Float, beta: Float) { (self.alpha, self.beta) = (alpha, beta) }

    public init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 0.2)
        beta = try attributes.float("beta", default: 0.5)
        attributes.ignore("consumed_inputs")
    }

    public var activation: Activation { .hardSigmoid(slope: alpha, offset: beta) }
}
