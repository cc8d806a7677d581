internal import CDeeperKernels
internal import DeeperTensors

/// The conversion of a quantised number to another scale and zero point: (stored - zeroPoint) * factor, rounded to
/// nearest, ties to even, plus the result's zero point.
public struct ByteRescaling: Sendable, Hashable {
    /// Whether the numbers to convert are int8.
    public var isSigned: Bool
    public var zeroPoint: Int32
    /// The scale of the numbers to convert, divided by that of the results.
    public var factor: Float
    public var resultZeroPoint: Int32
    /// The lowest and highest stored result.
    public var range: ClosedRange<Int32>

    public init(
        isSigned: Bool, zeroPoint: Int32, factor: Float, resultZeroPoint: Int32, range: ClosedRange<Int32>
    ) {
        self.isSigned = isSigned
        self.zeroPoint = zeroPoint
        self.factor = factor
        self.resultZeroPoint = resultZeroPoint
        self.range = range
    }

    /// The bits of the results, indexed by the bits of the numbers.
    var table: [UInt8] {
        let store = Saturation(zeroPoint: resultZeroPoint, least: range.lowerBound, most: range.upperBound)
        return ByteTableKernel.table(isSigned: isSigned) { store(Float($0 &- zeroPoint) * factor) }
    }

    func apply(
        _ loops: VectorLoops, _ count: Int, from source: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>
    ) {
        var factor = factor
        withUnsafePointer(to: &factor) { factor in
            var epilogue = ck_integer_epilogue(resultZeroPoint, range)
            epilogue.scale = factor
            loops.table.rescale_bytes(target, source, count, isSigned ? 0x80 : 0, zeroPoint, &epilogue)
        }
    }
}

extension ck_integer_epilogue {
    /// An epilogue for bytes, without bias and scales.
    init(_ zeroPoint: Int32, _ range: ClosedRange<Int32>) {
        self.init()
        result = CK_BYTES
        lower = Float(range.lowerBound - zeroPoint)
        upper = Float(range.upperBound - zeroPoint)
        zero = zeroPoint
    }
}
