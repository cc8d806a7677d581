internal import CDeeperKernels
internal import DeeperTensors

/// An 8-bit operand of the result's shape that is added to the quantised results of a product; the sum is requantised.
/// The bits are the same as those of the product followed by a ``ByteArithmeticKernel``, but one pass over memory is
/// saved.
public struct IntegerResidual: Sendable, Hashable {
    /// The scale of the product's own results, divided by that of the stored sums.
    public var ownFactor: Float
    /// The scale of the operand, divided by that of the stored sums.
    public var factor: Float
    public var zeroPoint: Int32
    /// Whether the operand is int8.
    public var isSigned: Bool
    public var resultZeroPoint: Int32
    /// The lowest and highest stored sum.
    public var range: ClosedRange<Int32>

    public init(
        ownFactor: Float, factor: Float, zeroPoint: Int32, isSigned: Bool, resultZeroPoint: Int32,
        range: ClosedRange<Int32>
    ) {
        self.ownFactor = ownFactor
        self.factor = factor
        self.zeroPoint = zeroPoint
        self.isSigned = isSigned
        self.resultZeroPoint = resultZeroPoint
        self.range = range
    }

    /// The stored sum of a product's result, minus its zero point, and a byte of the operand.
    func sum(_ own: Int32, _ bits: UInt8) -> Int32 {
        let addend = (isSigned ? Int32(Int8(bitPattern: bits)) : Int32(bits)) &- zeroPoint
        let store = Saturation(zeroPoint: resultZeroPoint, least: range.lowerBound, most: range.upperBound)
        return store(Float(own) * ownFactor + Float(addend) * factor)
    }

    /// The same for packed products, without the operand's bytes.
    var routineForm: ck_byte_residual {
        ck_byte_residual(
            bytes: nil, pitch: 0, flip: isSigned ? 0x80 : 0, zero: zeroPoint + (isSigned ? 128 : 0),
            own_scale: ownFactor, scale: factor, lower: Float(range.lowerBound - resultZeroPoint),
            upper: Float(range.upperBound - resultZeroPoint), result_zero: resultZeroPoint)
    }
}
