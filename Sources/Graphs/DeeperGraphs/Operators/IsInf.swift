/// ONNX IsInf: whether x is infinite with a sign that the attributes select; elementwise.
struct IsInf: FloatPredicate {
    static let name = "IsInf"
    static let firstOpset = 10
    private let detectsNegative: Bool
    private let detectsPositive: Bool

    init(_ attributes: inout AttributeReader) throws {
        detectsNegative = try attributes.flag("detect_negative", default: true)
        detectsPositive = try attributes.flag("detect_positive", default: true)
    }

    func holds<Element: BinaryFloatingPoint>(_ x: Element) -> Bool {
        x.isInfinite && (x < 0 ? detectsNegative : detectsPositive)
    }
}
