import DeeperKernels

/// ONNX Min: the smallest of all operands, elementwise with broadcasting.
struct Min: VariadicArithmetic {
    static let name = "Min"
    static let combination: Combination? = .smaller

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.smaller(a, b) }
}
