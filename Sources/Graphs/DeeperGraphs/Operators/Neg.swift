import DeeperKernels

/// ONNX Neg: -x, elementwise, on every numeric type; integers wrap.
struct Neg: NumericMap {
    static let name = "Neg"
    static let activation: Activation? = .negative

    init(_ attributes: inout AttributeReader) throws {}

    func apply<Element: Arithmetic>(_ x: Element) -> Element { Element.negated(x) }
}
