import DeeperKernels

/// ONNX Round: the nearest integer, ties to even, elementwise.
struct Round: ActivationOperator {
    static let name = "Round"
    static let firstOpset = 11
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .round }
}
