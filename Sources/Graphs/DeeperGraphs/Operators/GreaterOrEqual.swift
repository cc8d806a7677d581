/// ONNX GreaterOrEqual: whether A is greater than or equal to B, elementwise with broadcasting.
struct GreaterOrEqual: Comparison {
    static let name = "GreaterOrEqual"
    static let firstOpset = 12
    let legacy: LegacyBroadcast

    static func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a >= b }
}
