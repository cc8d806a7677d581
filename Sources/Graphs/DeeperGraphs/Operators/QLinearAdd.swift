import DeeperTensors

/// ONNX Runtime's QLinearAdd (com.microsoft): A + B of quantised numbers, requantised, with broadcasting.
struct QLinearAdd: ByteArithmetic {
    static let name = "QLinearAdd"
    static let isProduct = false
    var storedRange: ClosedRange<Int32>?
    var mixesTypes = false

    init(_ attributes: inout AttributeReader) throws {}
}
