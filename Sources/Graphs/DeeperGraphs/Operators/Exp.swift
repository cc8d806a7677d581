import DeeperKernels

/// ONNX Exp: the exponential, elementwise.
struct Exp: ActivationOperator {
    static let name = "Exp"

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .exp }
}
