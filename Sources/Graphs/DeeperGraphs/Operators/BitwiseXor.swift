/// ONNX BitwiseXor: the bits that are set in exactly one of A and B, elementwise with broadcasting, on every integer
/// type.
struct BitwiseXor: BitwiseOperator {
    static let name = "BitwiseXor"

    static func apply<Element: FixedWidthInteger>(_ a: Element, _ b: Element) -> Element { a ^ b }
}
