/// ONNX BitwiseOr: the bits that A or B has, elementwise with broadcasting, on every integer type.
struct BitwiseOr: BitwiseOperator {
    static let name = "BitwiseOr"

    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element { a | b }
}
