public import DeeperTensors

/// An element type that stands for real numbers by a scale and a zero point: real = (stored - zeroPoint) * scale.
///
/// Of at most 16 bits, so that every difference from a zero point is exact in float32.
public protocol QuantizedElement: TensorElement, FixedWidthInteger {}

extension Int8: QuantizedElement {}
extension UInt8: QuantizedElement {}
extension Int16: QuantizedElement {}
extension UInt16: QuantizedElement {}

/// The last step of every quantisation: a real number in units of the scale becomes the nearest stored one, ties to even,
/// and the nearest bound beyond the range; NaN becomes the least.
///
/// The same operations on every instruction set, so the same bits.
public struct Saturation: Sendable {
    /// The range, counted from the zero point.
    @usableFromInline let lower: Float, upper: Float
    @usableFromInline let zeroPoint: Int32
    // Added to a number below 2^22 in magnitude, it leaves the nearest integer, ties to even, in the low bits.
    @usableFromInline static let rounder: Float = 12_582_912

    /// - Parameters:
    ///   - least, most: stored values beyond which results are held.
    public init(zeroPoint: Int32, least: Int32, most: Int32) {
        self.zeroPoint = zeroPoint
        lower = Float(least - zeroPoint)
        upper = Float(most - zeroPoint)
    }

    /// The whole range of a type.
    public init<Element: QuantizedElement>(_ type: Element.Type, zeroPoint: Element) {
        self.init(zeroPoint: Int32(zeroPoint), least: Int32(Element.min), most: Int32(Element.max))
    }

    /// The stored number of `value` scales.
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
    /// The stored numbers of int8, or of uint8.
    public var byteRange: ClosedRange<Int32> { self == .int8 ? -128...127 : 0...255 }

    /// Whether all numbers of int8, or of uint8, are from -128 to 127 once their zero points are taken off.
    public func fitsBytes(less zeroPoints: [Int32]) -> Bool {
        let middle: Int32 = self == .int8 ? 0 : 128
        return zeroPoints.allSatisfy { $0 == middle }
    }
}
