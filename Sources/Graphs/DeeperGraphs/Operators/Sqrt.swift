import DeeperKernels

/// ONNX Sqrt: the square root, elementwise.
struct Sqrt: ActivationOperator {
    static let name = "Sqrt"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .sqrt }
}
