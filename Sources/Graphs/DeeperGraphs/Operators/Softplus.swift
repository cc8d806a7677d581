public import DeeperKernels

/// ONNX Softplus: ln(1 + exp(x)), elementwise.
public struct Softplus: ActivationOperator {
    public static let name = "Softplus"

    public init(_ attributes: inout AttributeReader) throws {}

    public var activation: Activation { .softplus }
}
