import DeeperKernels

/// ONNX HardSwish: x max(0, min(1, x / 6 + 0.5)), elementwise.
struct HardSwish: ActivationOperator {
    static let name = "HardSwish"
    static let firstOpset = 14

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .hardSwish }
}
