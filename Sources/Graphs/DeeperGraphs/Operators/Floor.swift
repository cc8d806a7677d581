import DeeperKernels

/// ONNX Floor: the largest integer not above x, elementwise.
struct Floor: ActivationOperator {
    static let name = "Floor"

    init(_ attributes: inout AttributeReader) throws {}

    var activation: Activation { .floor }
}
