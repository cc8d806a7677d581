import DeeperTensors

/// ONNX Runtime's QLinearAdd (com.microsoft): A + B of quantised numbers, quantised anew, with broadcasting.
struct QLinearAdd: ByteArithmetic {
    static let name = "QLinearAdd"
    var storedRange: ClosedRange<Int32>?

    init(_ attributes: inout AttributeReader) throws {}

    static func apply(_ a: Float, _ b: Float, _ factors: ByteFactors) -> Float { a * factors.a + b * factors.b }
}
