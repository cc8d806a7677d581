import DeeperKernels
import DeeperTensors

/// ONNX Mean: the mean of all operands, elementwise with broadcasting.
struct Mean: VariadicArithmetic {
    static let name = "Mean"

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }
    static func finish<Element: Arithmetic>(_ value: Element, count: Int) -> Element {
        Element.quotient(value, Element(wrapping: Int64(count)))
    }

    /// The sum's additions and a division.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: saturatingProduct(inputs.count, outputs[0].shape.elementCount))
    }
}
