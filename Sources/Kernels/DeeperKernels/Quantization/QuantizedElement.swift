public import DeeperTensors

/// An element type for quantised numbers, which represent real numbers by a scale and a zero point: real = (stored -
/// zeroPoint) * scale.
///
/// Such a type has at most 16 bits, so that every difference from a zero point is exact in float32.
public protocol QuantizedElement: TensorElement, FixedWidthInteger {}

extension Int8: QuantizedElement {}
extension UInt8: QuantizedElement {}
extension Int16: QuantizedElement {}
extension UInt16: QuantizedElement {}

/// The last step of every quantisation: it rounds a real number in units of the scale to the nearest stored number,
/// ties to even, and saturates beyond the range; NaN becomes the lowest value.
///
/// The operations, and hence the bits, are the same on every instruction set.
public struct Saturation: Sendable {
    /// The range, relative to the zero point.
    @usableFromInline let lower: Float, upper: Float
    @usableFromInline let zeroPoint: Int32
    // If it is added to a number below 2^22 in magnitude, the low bits contain the nearest integer, ties to even.
    @usableFromInline static let rounder: Float = 12_582_912

    /// - Parameters:
    ///   - least, most: the lowest and highest stored value.
    public init(zeroPoint: Int32, least: Int32, most: Int32) {
        self.zeroPoint = zeroPoint
        lower = Float(least - zeroPoint)
        upper = Float(most - zeroPoint)
    }

    /// Makes the saturation for the whole range of a type.
    public init<Element: QuantizedElement>(_ type: Element.Type, zeroPoint: Element) {
        self.init(zeroPoint: Int32(zeroPoint), least: Int32(Element.min), most: Int32(Element.max))
    }

    /// The stored number for a real number of `value` times the scale.
    @inlinable
    @inline(__always)
    public func callAsFunction(_ value: Float) -> Int32 {
        let low = value > lower ? value : lower
        let held = low < upper ? low : upper
        let bits = Int32(bitPattern: (held + Saturation.rounder).bitPattern)
        return bits &- Int32(bitPattern: Saturation.rounder.bitPattern) &+ zeroPoint
    }
}

extension ElementType {
    /// The range of stored numbers of int8 or uint8.
    public var byteRange: ClosedRange<Int32> { self == .int8 ? -128...127 : 0...255 }

    /// Whether all numbers of int8 or uint8 minus any of the zero points are from -128 to 127.
    public func fitsBytes(less zeroPoints: [Int32]) -> Bool {
        let middle: Int32 = self == .int8 ? 0 : 128
        return zeroPoints.allSatisfy { $0 == middle }
    }
}
