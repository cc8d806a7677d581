import DeeperKernels

/// ONNX Round: the nearest integer, the even one of two equally near, elementwise.
struct Round: ActivationOperator {
    static let name = "Round"
    static let firstOpset = 11
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .round }
}
