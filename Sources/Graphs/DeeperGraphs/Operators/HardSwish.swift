public import DeeperKernels

/// ONNX HardSwish: x max(0, min(1, x / 6 + 0.5)), elementwise.
public struct HardSwish: ActivationOperator {
    public static let name = "HardSwish"
    public static let firstOpset = 14

    public init() {}
    public init(_ attributes: inout AttributeReader) throws {}

    public var activation: Activation { .hardSwish }
}
