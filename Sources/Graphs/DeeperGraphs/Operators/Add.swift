/// ONNX Add: A + B, elementwise with broadcasting.
struct Add: BinaryArithmetic {
    static let name = "Add"
    let legacy: LegacyBroadcast

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }
}
