import DeeperKernels

/// ONNX Reciprocal: 1 / x, elementwise.
struct Reciprocal: ActivationOperator {
    static let name = "Reciprocal"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .reciprocal }
}
