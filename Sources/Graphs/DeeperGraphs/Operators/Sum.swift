/// ONNX Sum: the sum of all operands, elementwise with broadcasting.
struct Sum: VariadicArithmetic {
    static let name = "Sum"

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }
}
