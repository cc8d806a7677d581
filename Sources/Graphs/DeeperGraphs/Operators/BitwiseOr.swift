/// ONNX BitwiseOr: the bits that are set in A or B, elementwise with broadcasting, on every integer type.
struct BitwiseOr: BitwiseOperator {
    static let name = "BitwiseOr"

    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element { a | b }
}
