public import DeeperKernels

/// ONNX Mul: A * B, elementwise with broadcasting.
public struct Mul: BinaryArithmetic {
    public static let name = "Mul"
    public static let combination = Combination.product
    public let legacy: LegacyBroadcast
    public var ending = Ending.none

    public init(legacy: LegacyBroadcast = LegacyBroadcast()) { self.legacy = legacy }

    public static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.product(a, b) }
}
