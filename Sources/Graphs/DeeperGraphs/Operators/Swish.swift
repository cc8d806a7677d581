public import DeeperKernels

/// ONNX Swish: x / (1 + exp(-alpha x)), elementwise; with alpha = 1 also known as SiLU.
public struct Swish: ActivationOperator {
    public static let name = "Swish"
    public static let firstOpset = 24
    private let alpha: Float

    public init(alpha: Float = 1) { self.alpha = alpha }

    public init(_ attributes: inout AttributeReader) throws { alpha = try attributes.float("alpha", default: 1) }

    public var activation: Activation { .swish(alpha: alpha) }
}
