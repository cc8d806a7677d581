import DeeperKernels

/// ONNX Sign: 1, 0 or -1 as x is above, equal to or below 0, and NaN of NaN; elementwise, on every numeric type.
struct Sign: NumericMap {
    static let name = "Sign"
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func apply<Element: Arithmetic>(_ x: Element) -> Element {
        let zero = Element(wrapping: 0)
        if x == zero { return zero }
        return x > zero ? Element(wrapping: 1) : x < zero ? Element(wrapping: -1) : x
    }
}
