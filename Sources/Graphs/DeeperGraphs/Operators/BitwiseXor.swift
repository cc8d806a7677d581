/// ONNX BitwiseXor: the bits that exactly one of A and B has, elementwise with broadcasting, on every integer type.
struct BitwiseXor: BitwiseOperator {
    static let name = "BitwiseXor"

    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element { a ^ b }
}
