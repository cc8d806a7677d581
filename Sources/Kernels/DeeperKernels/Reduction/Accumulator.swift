internal import DeeperTensors

/// The type in which elements are summed and multiplied: float64 for floating-point types, wrapping int64 for integers.
protocol Accumulator {
    static var nothing: Self { get }
    static var unit: Self { get }
    init(of element: some NumericElement)
    func adding(_ other: Self) -> Self
    func multiplied(with other: Self) -> Self
    /// The value as an element, rounded or wrapped.
    func element<Element: NumericElement>(_: Element.Type) -> Element
}

extension Double: Accumulator {
    static var nothing: Double { 0 }
    static var unit: Double { 1 }
    @inline(__always) init(of element: some NumericElement) { self = element.double }
    @inline(__always) func adding(_ other: Double) -> Double { self + other }
    @inline(__always) func multiplied(with other: Double) -> Double { self * other }
    @inline(__always) func element<Element: NumericElement>(_: Element.Type) -> Element { Element(saturating: self) }
}

extension Int64: Accumulator {
    static var nothing: Int64 { 0 }
    static var unit: Int64 { 1 }
    @inline(__always) init(of element: some NumericElement) { self = element.integer }
    @inline(__always) func adding(_ other: Int64) -> Int64 { self &+ other }
    @inline(__always) func multiplied(with other: Int64) -> Int64 { self &* other }
    @inline(__always) func element<Element: NumericElement>(_: Element.Type) -> Element { Element(wrapping: self) }
}
