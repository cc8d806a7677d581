/// ONNX Mul: A * B, elementwise with broadcasting.
struct Mul: BinaryArithmetic {
    static let name = "Mul"
    let legacy: LegacyBroadcast

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.product(a, b) }
}
