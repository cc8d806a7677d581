/// ONNX Neg: -x, elementwise, on every numeric type; integers wrap.
struct Neg: NumericMap {
    static let name = "Neg"

    init(_ attributes: inout AttributeReader) throws {}

    func apply<Element: Arithmetic>(_ x: Element) -> Element { Element.negated(x) }
}
