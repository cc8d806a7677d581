public import DeeperKernels

/// ONNX Sum: the sum of all operands, elementwise with broadcasting.
public struct Sum: VariadicArithmetic {
    public static let name = "Sum"
    public static let combination: Combination? = .sum

    public init() {}
    public var attributes: [String: AttributeValue]? { [:] }

    public static func apply<Element: Arithmetic>(_ a: Element, _ b: Element) -> Element { Element.sum(a, b) }
}
