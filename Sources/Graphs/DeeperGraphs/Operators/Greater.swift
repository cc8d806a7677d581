/// ONNX Greater: whether A is greater than B, elementwise with broadcasting.
struct Greater: Comparison {
    static let name = "Greater"
    let legacy: LegacyBroadcast

    static func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a > b }
}
