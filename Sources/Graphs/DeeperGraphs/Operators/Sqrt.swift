import DeeperKernels

/// ONNX Sqrt: the square root, elementwise.
struct Sqrt: ActivationOperator {
    static let name = "Sqrt"

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .sqrt }
}
