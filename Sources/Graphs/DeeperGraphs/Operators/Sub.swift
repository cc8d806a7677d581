/// ONNX Sub: A - B, elementwise with broadcasting.
struct Sub: BinaryArithmetic {
    static let name = "Sub"
    let legacy: LegacyBroadcast

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.difference(a, b) }
}
