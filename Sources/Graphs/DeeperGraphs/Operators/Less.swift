/// ONNX Less: whether A is less than B, elementwise with broadcasting.
struct Less: Comparison {
    static let name = "Less"
    let legacy: LegacyBroadcast

    static func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a < b }
}
