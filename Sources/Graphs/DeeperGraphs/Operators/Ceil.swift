import DeeperKernels

/// ONNX Ceil: the smallest integer not below x, elementwise.
struct Ceil: ActivationOperator {
    static let name = "Ceil"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .ceil }
}
