public import DeeperKernels

/// ONNX Sub: A - B, elementwise with broadcasting.
public struct Sub: BinaryArithmetic {
    public static let name = "Sub"
    public static let combination = Combination.difference
    public let legacy: LegacyBroadcast
    public var ending = Ending.none

    public init(legacy: LegacyBroadcast = LegacyBroadcast()) { self.legacy = legacy }

    public static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.difference(a, b) }
}
