import DeeperKernels

/// ONNX Exp: the exponential, elementwise.
struct Exp: ActivationOperator {
    static let name = "Exp"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .exp }
}
