/// ONNX BitwiseAnd: the bits that A and B both have, elementwise with broadcasting, on every integer type.
struct BitwiseAnd: BitwiseOperator {
    static let name = "BitwiseAnd"

    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element { a & b }
}
