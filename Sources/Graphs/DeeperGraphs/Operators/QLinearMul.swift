import DeeperTensors

/// ONNX Runtime's QLinearMul (com.microsoft): A times B of quantised numbers, requantised, with broadcasting.
struct QLinearMul: ByteArithmetic {
    static let name = "QLinearMul"
    static let isProduct = true
    var storedRange: ClosedRange<Int32>?
    var mixesTypes = false

    init(_ attributes: inout AttributeReader) throws {}
}
