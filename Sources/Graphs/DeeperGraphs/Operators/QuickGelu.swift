internal import Glibc

/// ONNX Runtime's QuickGelu (com.microsoft): x / (1 + exp(-alpha x)), elementwise.
struct QuickGelu: FloatMap {
    static let name = "QuickGelu"
    private let alpha: Float

    init(_ attributes: inout AttributeReader) throws { alpha = try attributes.float("alpha", default: 1.702) }

    func apply(_ x: Float) -> Float { x / (1 + exp(-alpha * x)) }
}
