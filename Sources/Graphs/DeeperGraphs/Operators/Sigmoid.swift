public import DeeperKernels

/// ONNX Sigmoid: 1 / (1 + exp(-x)), elementwise.
public struct Sigmoid: ActivationOperator {
    public static let name = "Sigmoid"

    public init(_ attributes: inout AttributeReader) throws {}

    public var activation: Activation { .sigmoid }
}
