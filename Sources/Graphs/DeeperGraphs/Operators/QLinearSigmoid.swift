import DeeperTensors
import Glibc

/// ONNX Runtime's QLinearSigmoid (com.microsoft): 1 / (1 + exp(-x)) of quantised numbers.
struct QLinearSigmoid: ByteFunctionOperator {
    static let name = "QLinearSigmoid"

    init(_ attributes: inout AttributeReader) throws {}

    func apply(_ value: Double) -> Double { 1 / (1 + exp(-value)) }
}
