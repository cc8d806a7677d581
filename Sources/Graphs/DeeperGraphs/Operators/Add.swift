public import DeeperKernels

/// ONNX Add: A + B, elementwise with broadcasting.
public struct Add: BinaryArithmetic {
    public static let name = "Add"
    public static let combination = Combination.sum
    public let legacy: LegacyBroadcast
    public var ending = Ending.none

    public init(legacy: LegacyBroadcast = LegacyBroadcast()) { self.legacy = legacy }

    public static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }
}
