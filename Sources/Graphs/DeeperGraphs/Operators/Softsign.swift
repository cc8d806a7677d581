import DeeperKernels

/// ONNX Softsign: x / (1 + |x|), elementwise.
struct Softsign: ActivationOperator {
    static let name = "Softsign"

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .softsign }
}
