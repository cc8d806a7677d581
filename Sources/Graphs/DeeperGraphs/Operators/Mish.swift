public import DeeperKernels

/// ONNX Mish: x tanh(ln(1 + exp(x))), elementwise.
public struct Mish: ActivationOperator {
    public static let name = "Mish"
    public static let firstOpset = 18

    public init() {}
    public init(_ attributes: inout AttributeReader) throws {}

    public var activation: Activation { .mish }
}
