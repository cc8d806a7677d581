public import DeeperKernels

/// ONNX Erf: the error function, elementwise.
public struct Erf: ActivationOperator {
    public static let name = "Erf"
    public static let firstOpset = 9
    public static let isActivation = false

    public init(_ attributes: inout AttributeReader) throws {}

    public var activation: Activation { .erf }
}
