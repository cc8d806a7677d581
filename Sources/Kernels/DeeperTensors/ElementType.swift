/// The type of a tensor's elements.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    /// IEEE 754 single precision, the type that networks are computed in.
    case float32
    /// IEEE 754 double precision.
    case float64
    /// IEEE 754 half precision, computed with in float32.
    case float16
    /// The upper half of a float32, computed with in float32.
    case bfloat16
    /// Signed integers of 8 bits.
    case int8
    /// Unsigned integers of 8 bits.
    case uint8
    /// Signed integers of 16 bits.
    case int16
    /// Unsigned integers of 16 bits.
    case uint16
    /// Signed integers of 32 bits.
    case int32
    /// Unsigned integers of 32 bits.
    case uint32
    /// Signed integers of 64 bits.
    case int64
    /// Unsigned integers of 64 bits.
    case uint64
    /// True or false, one byte, 0 or 1.
    case bool

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Whether the type is a floating-point type.
    public var isFloatingPoint: Bool { self == .float32 || self == .float64 || isHalf }

    /// Whether the type is a 16-bit floating-point type; computations on it use float32.
    public var isHalf: Bool { self == .float16 || self == .bfloat16 }

    /// Whether the type is an integer type; bool is not.
    public var isInteger: Bool { self != .bool && !isFloatingPoint }
}

/// A Swift type that corresponds to one ``ElementType``.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The element type of tensors with elements of this Swift type.
    static var elementType: ElementType { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Double: TensorElement { public static var elementType: ElementType { .float64 } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension UInt16: TensorElement { public static var elementType: ElementType { .uint16 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension UInt64: TensorElement { public static var elementType: ElementType { .uint64 } }
extension Bool: TensorElement { public static var elementType: ElementType { .bool } }
