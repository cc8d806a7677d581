public import DeeperKernels

/// ONNX Tanh: tanh(x), elementwise.
public struct Tanh: ActivationOperator {
    public static let name = "Tanh"

    public init(_ attributes: inout AttributeReader) throws {}

    public var activation: Activation { .tanh }
}
