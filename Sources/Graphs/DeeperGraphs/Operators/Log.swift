import DeeperKernels

/// ONNX Log: the natural logarithm, elementwise.
struct Log: ActivationOperator {
    static let name = "Log"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .log }
}
