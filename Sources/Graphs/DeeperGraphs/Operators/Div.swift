/// ONNX Div: A / B; integers towards zero, elementwise with broadcasting.
struct Div: BinaryArithmetic {
    static let name = "Div"
    static let divides = true
    let legacy: LegacyBroadcast

    static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.quotient(a, b) }
}
