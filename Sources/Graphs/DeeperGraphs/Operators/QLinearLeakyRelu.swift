import DeeperTensors

/// ONNX Runtime's QLinearLeakyRelu (com.microsoft): x where x >= 0, alpha x elsewhere, of quantised numbers.
struct QLinearLeakyRelu: ByteFunctionOperator {
    static let name = "QLinearLeakyRelu"
    private let alpha: Float

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 0.01)
        guard alpha.isFinite else {
            throw DeeperError(.invalidModel, "attribute alpha is \(alpha), expected a finite number")
        }
    }

    func apply(_ value: Double) -> Double { value >= 0 ? value : value * Double(alpha) }
}
