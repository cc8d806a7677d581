import DeeperKernels

/// ONNX Abs: the absolute value, elementwise, on every numeric type; integers wrap.
struct Abs: NumericMap {
    static let name = "Abs"
    static let activation: Activation? = .absolute

    init(_ attributes: inout AttributeReader) throws {}

    func apply<Element: Arithmetic>(_ x: Element) -> Element { Element.absolute(x) }
}
