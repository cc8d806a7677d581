public import DeeperKernels

/// ONNX Div: A / B, elementwise with broadcasting; quotients of integers are rounded towards zero.
public struct Div: BinaryArithmetic {
    public static let name = "Div"
    public static let combination = Combination.quotient
    public static let divides = true
    public let legacy: LegacyBroadcast
    public var ending = Ending.none

    public init(legacy: LegacyBroadcast = LegacyBroadcast()) { self.legacy = legacy }

    public static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.quotient(a, b) }
}
