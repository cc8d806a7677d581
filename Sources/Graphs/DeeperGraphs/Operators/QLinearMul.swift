import DeeperTensors

/// ONNX Runtime's QLinearMul (com.microsoft): A times B of quantised numbers, quantised anew, with broadcasting.
struct QLinearMul: ByteArithmetic {
    static let name = "QLinearMul"
    var storedRange: ClosedRange<Int32>?

    init(_ attributes: inout AttributeReader) throws {}

    static func apply(_ a: Float, _ b: Float, _ factors: ByteFactors) -> Float { a * b * factors.product }
}
