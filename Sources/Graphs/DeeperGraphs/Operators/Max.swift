import DeeperKernels

/// ONNX Max: the largest of all operands, elementwise with broadcasting.
struct Max: VariadicArithmetic {
    static let name = "Max"
    static let combination: Combination? = .larger

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.larger(a, b) }
}
