/// ONNX IsNaN: whether x is NaN, elementwise.
struct IsNaN: FloatPredicate {
    static let name = "IsNaN"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func holds<Element: BinaryFloatingPoint>(_ x: Element) -> Bool { x.isNaN }
}
