import DeeperKernels

/// ONNX Runtime's FastGelu (com.microsoft) of one input: x Phi(x) by the approximation with tanh, elementwise.
struct FastGelu: ActivationOperator {
    static let name = "FastGelu"
    let activation = Activation.tanhGelu

    init(_ attributes: inout AttributeReader) throws {}
}
