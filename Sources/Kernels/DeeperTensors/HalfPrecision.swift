/// A 16-bit float with 8 bits of exponent and 7 bits of fraction, which are the upper half of a float32 (ONNX's
/// bfloat16).
public struct BFloat16: TensorElement {
    public static var elementType: ElementType { .bfloat16 }
    public var bitPattern: UInt16

    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// The nearest value, ties to even; NaN stays NaN.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(bits >> 16) | 0x40
        } else {
            bitPattern = UInt16((bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
        }
    }

    public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension Float16: TensorElement {
    public static var elementType: ElementType { .float16 }

    /// The same number as float32, computed by integer arithmetic: subnormal float16 numbers are kept even in a mode
    /// that treats subnormal float32 numbers as zero.
    @inlinable
    public var float: Float {
        let bits = UInt32(bitPattern)
        let magnitude = bits & 0x7fff
        let wide: UInt32 =
            if magnitude >= 0x7c00 {
                magnitude << 13 | 0x7f80_0000
            } else if magnitude < 0x400 {
                (Float(Int32(magnitude)) * 0x1p-24).bitPattern
            } else {
                magnitude << 13 &+ 0x3800_0000
            }
        return Float(bitPattern: wide | (bits & 0x8000) << 16)
    }
}

extension Float16 {
    /// The nearest value, ties to even; beyond the range infinity. It is computed by integer arithmetic and with normal
    /// numbers only, because the conversion of the compiler's library gives zero for subnormal float16 numbers in a
    /// mode that treats subnormal float32 numbers as zero.
    @inlinable
    public init(nearest value: Double) {
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 48) & 0x8000
        let magnitude = value.bitPattern & ~(1 << 63)
        let half: UInt16 =
            if magnitude > Double.infinity.bitPattern {
                0x7e00 | UInt16(truncatingIfNeeded: magnitude >> 42) & 0x3ff
            } else if magnitude >= (65520 as Double).bitPattern {
                0x7c00
            } else if magnitude < (0x1p-14 as Double).bitPattern {
                // The sum has steps of 2^-24, like subnormal float16 numbers.
                UInt16(truncatingIfNeeded: (Double(bitPattern: magnitude) + 0x1p28).bitPattern)
            } else {
                UInt16(
                    truncatingIfNeeded: (magnitude &+ 0x1ff_ffff_ffff &+ (magnitude >> 42 & 1)) >> 42 &- (1023 - 15)
                        << 10)
            }
        self.init(bitPattern: half | sign)
    }
}

extension Tensor {
    /// A float16 or bfloat16 tensor converted to float32, which is exact; other tensors are returned unchanged.
    ///
    /// A large tensor with a source is read only when its elements are needed, and takes no memory until then.
    ///
    /// - Throws: the error of a small tensor's source.
    public func widened() throws -> Tensor {
        guard elementType.isHalf else { return self }
        return try Tensor(.float32, shape: shape, source: Widened(self))
    }

    /// The elements of a tensor of any floating-point type, as float32.
    ///
    /// - Throws: `invalidInput` for other types; the error of a source.
    public func floats() throws -> [Float] {
        switch elementType {
        case .float32: try elements(as: Float.self)
        case .float16: try elements(as: Float16.self).map(\.float)
        case .bfloat16: try elements(as: BFloat16.self).map(\.float)
        case .float64: try elements(as: Double.self).map { Float($0) }
        default: throw DeeperError(.invalidInput, "expected floats, the tensor holds \(elementType)")
        }
    }

    private final class Widened: TensorSource {
        private let tensor: Tensor
        init(_ tensor: Tensor) { self.tensor = tensor }

        func read(into bytes: UnsafeMutableRawBufferPointer) throws {
            // The 16-bit numbers are read to the second half of the memory and converted from the front on, so that no
            // number is overwritten before it is converted.
            let count = tensor.shape.elementCount
            let halves = UnsafeMutableRawBufferPointer(rebasing: bytes[2 * count..<4 * count])
            try tensor.read(into: halves)
            let isFloat16 = tensor.elementType == .float16
            for index in 0..<count {
                let bits = halves.load(fromByteOffset: 2 * index, as: UInt16.self)
                let value = isFloat16 ? Float16(bitPattern: bits).float : BFloat16(bitPattern: bits).float
                bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
            }
        }
    }
}
