/// ONNX BitwiseAnd: the bits that are set in both A and B, elementwise with broadcasting, on every integer type.
struct BitwiseAnd: BitwiseOperator {
    static let name = "BitwiseAnd"

    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element { a & b }
}
