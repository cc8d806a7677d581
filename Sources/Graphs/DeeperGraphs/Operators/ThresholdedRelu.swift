/// ONNX ThresholdedRelu: x where x > alpha, 0 elsewhere, elementwise.
struct ThresholdedRelu: FloatMap {
    static let name = "ThresholdedRelu"
    static let firstOpset = 10
    private let alpha: Float

    init(_ attributes: inout AttributeReader) throws { alpha = try attributes.float("alpha", default: 1) }

    func apply(_ x: Float) -> Float { x > alpha ? x : 0 }
}
