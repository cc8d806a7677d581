public import DeeperKernels
internal import DeeperTensors

#if canImport(Glibc)
internal import Glibc
#endif

/// The arithmetic that elementwise operators need from an element type. Integers wrap; operators check divisors first.
public protocol Arithmetic: NumericElement, Comparable {
    static func sum(_ a: Self, _ b: Self) -> Self
    static func difference(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
    static func quotient(_ a: Self, _ b: Self) -> Self
    /// a - trunc(a / b) * b, which has the sign of a.
    static func remainder(_ a: Self, _ b: Self) -> Self
    /// a - floor(a / b) * b, which has the sign of b.
    static func modulus(_ a: Self, _ b: Self) -> Self
    /// NaN if either is NaN.
    static func larger(_ a: Self, _ b: Self) -> Self
    static func smaller(_ a: Self, _ b: Self) -> Self
    static func absolute(_ x: Self) -> Self
    static func negated(_ x: Self) -> Self
    static var isInteger: Bool { get }
}

extension Arithmetic where Self: FixedWidthInteger {
    @inline(__always) public static func sum(_ a: Self, _ b: Self) -> Self { a &+ b }
    @inline(__always) public static func difference(_ a: Self, _ b: Self) -> Self { a &- b }
    @inline(__always) public static func product(_ a: Self, _ b: Self) -> Self { a &* b }
    @inline(__always) public static func quotient(_ a: Self, _ b: Self) -> Self {
        b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
    }
    @inline(__always) public static func remainder(_ a: Self, _ b: Self) -> Self {
        b == 0 ? 0 : a.remainderReportingOverflow(dividingBy: b).partialValue
    }
    @inline(__always) public static func modulus(_ a: Self, _ b: Self) -> Self {
        let rest = remainder(a, b)
        return rest != 0 && (rest < 0) != (b < 0) ? rest &+ b : rest
    }
    @inline(__always) public static func larger(_ a: Self, _ b: Self) -> Self { a > b ? a : b }
    @inline(__always) public static func smaller(_ a: Self, _ b: Self) -> Self { a < b ? a : b }
    @inline(__always) public static func absolute(_ x: Self) -> Self { x < 0 ? 0 &- x : x }
    @inline(__always) public static func negated(_ x: Self) -> Self { 0 &- x }
    public static var isInteger: Bool { true }
}

extension Arithmetic where Self: BinaryFloatingPoint {
    @inline(__always) public static func sum(_ a: Self, _ b: Self) -> Self { a + b }
    @inline(__always) public static func difference(_ a: Self, _ b: Self) -> Self { a - b }
    @inline(__always) public static func product(_ a: Self, _ b: Self) -> Self { a * b }
    @inline(__always) public static func quotient(_ a: Self, _ b: Self) -> Self { a / b }
    @inline(__always) public static func remainder(_ a: Self, _ b: Self) -> Self {
        a.truncatingRemainder(dividingBy: b)
    }
    @inline(__always) public static func modulus(_ a: Self, _ b: Self) -> Self {
        let rest = remainder(a, b)
        if rest == 0 { return Self(signOf: b, magnitudeOf: 0) }
        return (rest < 0) != (b < 0) ? rest + b : rest
    }
    @inline(__always) public static func larger(_ a: Self, _ b: Self) -> Self { a > b || a != a ? a : b }
    @inline(__always) public static func smaller(_ a: Self, _ b: Self) -> Self { a < b || a != a ? a : b }
    @inline(__always) public static func absolute(_ x: Self) -> Self { abs(x) }
    @inline(__always) public static func negated(_ x: Self) -> Self { -x }
    public static var isInteger: Bool { false }
}

extension Arithmetic {
    /// Tells which divisors end a run with a division by zero; nil if every divisor has a result.
    static var forbiddenDivisor: (@Sendable (Self) -> Bool)? {
        guard isInteger else { return nil }
        return { (divisor: Self) in divisor.integer == 0 }
    }
}

extension Float: Arithmetic {}
extension Double: Arithmetic {}
extension Int8: Arithmetic {}
extension UInt8: Arithmetic {}
extension Int16: Arithmetic {}
extension UInt16: Arithmetic {}
extension Int32: Arithmetic {}
extension UInt32: Arithmetic {}
extension Int64: Arithmetic {}
extension UInt64: Arithmetic {}
