import DeeperKernels

/// ONNX Floor: the largest integer not above x, elementwise.
struct Floor: ActivationOperator {
    static let name = "Floor"
    static let isActivation = false

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .floor }
}
