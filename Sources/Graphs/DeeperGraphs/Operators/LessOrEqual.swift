/// ONNX LessOrEqual: whether A is less than or equal to B, elementwise with broadcasting.
struct LessOrEqual: Comparison {
    static let name = "LessOrEqual"
    static let firstOpset = 12
    let legacy: LegacyBroadcast

    static func holds<Element: Comparable>(_ a: Element, _ b: Element) -> Bool { a <= b }
}
