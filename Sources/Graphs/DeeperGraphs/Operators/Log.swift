import DeeperKernels

/// ONNX Log: the natural logarithm, elementwise.
struct Log: ActivationOperator {
    static let name = "Log"

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .log }
}
