import DeeperKernels
import DeeperTensors

/// ONNX Shrink: x + bias where x < -lambd, x - bias where x > lambd, 0 elsewhere; elementwise, on every numeric type.
/// Computed in float64; integers are rounded towards zero and saturate.
struct Shrink: NumericMap {
    static let name = "Shrink"
    static let firstOpset = 9
    private let threshold: Double
    private let bias: Double

    init(_ attributes: inout AttributeReader) throws {
        threshold = Double(try attributes.float("lambd", default: 0.5))
        bias = Double(try attributes.float("bias", default: 0))
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(activation: outputs[0].shape.elementCount)
    }

    func apply<Element: Arithmetic>(_ x: Element) -> Element {
        let value = x.double
        return Element(saturating: value < -threshold ? value + bias : value > threshold ? value - bias : 0)
    }
}
