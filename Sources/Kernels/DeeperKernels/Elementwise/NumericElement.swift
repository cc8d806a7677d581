public import DeeperTensors

/// An element type that converts to and from every other one, with the arithmetic of Cast.
public protocol NumericElement: TensorElement {
    /// The value rounded towards zero; beyond the range, the nearest bound; 0 for NaN.
    init(saturating value: Double)
    /// The low bits of an integer; a bool is true for any value except 0.
    init(wrapping value: Int64)
    var double: Double { get }
    /// The value as an integer, as ``init(saturating:)`` would make it; for a uint64, its bits.
    var integer: Int64 { get }
}

extension NumericElement where Self: FixedWidthInteger {
    @inlinable
    public init(saturating value: Double) {
        if value.isNaN {
            self = 0
        } else if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value < 0 ? .min : .max
        }
    }
    @inlinable public init(wrapping value: Int64) { self.init(truncatingIfNeeded: value) }
    @inlinable public var double: Double { Double(self) }
    @inlinable public var integer: Int64 { Int64(truncatingIfNeeded: self) }
}

extension Int8: NumericElement {}
extension UInt8: NumericElement {}
extension Int16: NumericElement {}
extension UInt16: NumericElement {}
extension Int32: NumericElement {}
extension UInt32: NumericElement {}
extension Int64: NumericElement {}
extension UInt64: NumericElement {}

extension Float: NumericElement {
    @inlinable public init(saturating value: Double) { self.init(value) }
    @inlinable public init(wrapping value: Int64) { self.init(value) }
    @inlinable public var double: Double { Double(self) }
    @inlinable public var integer: Int64 { Int64(saturating: Double(self)) }
}

extension Double: NumericElement {
    @inlinable public init(saturating value: Double) { self = value }
    @inlinable public init(wrapping value: Int64) { self.init(value) }
    @inlinable public var double: Double { self }
    @inlinable public var integer: Int64 { Int64(saturating: self) }
}

extension Float16: NumericElement {
    @inlinable public init(saturating value: Double) { self.init(nearest: value) }
    @inlinable public init(wrapping value: Int64) { self.init(nearest: Double(value)) }
    @inlinable public var double: Double { Double(float) }
    @inlinable public var integer: Int64 { Int64(saturating: double) }
}

extension BFloat16: NumericElement {
    // Through float32: rounding twice can differ from rounding once only next to a tie.
    public init(saturating value: Double) { self.init(Float(value)) }
    public init(wrapping value: Int64) { self.init(Float(value)) }
    public var double: Double { Double(float) }
    public var integer: Int64 { Int64(saturating: double) }
}

extension Bool: NumericElement {
    @inlinable public init(saturating value: Double) { self = value != 0 }
    @inlinable public init(wrapping value: Int64) { self = value != 0 }
    @inlinable public var double: Double { self ? 1 : 0 }
    @inlinable public var integer: Int64 { self ? 1 : 0 }
}
