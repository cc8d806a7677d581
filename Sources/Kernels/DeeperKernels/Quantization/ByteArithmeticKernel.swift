internal import CDeeperKernels
public import DeeperTensors

/// Sums or products of two quantised operands, requantised, with broadcasting, for operands of any layout.
public final class ByteArithmeticKernel: Kernel {
    /// Zero points and scales; the operands' scales are divided by that of the result.
    public struct Form: Sendable {
        public var isProduct: Bool
        public var aZero: Int32, bZero: Int32
        /// The factors of a sum.
        public var aScale: Float, bScale: Float
        /// The factor of a product.
        public var scale: Float
        public var resultZeroPoint: Int32
        /// The lowest and highest stored result.
        public var range: ClosedRange<Int32>

        public init(
            isProduct: Bool, aZero: Int32, bZero: Int32, aScale: Float, bScale: Float, scale: Float,
            resultZeroPoint: Int32, range: ClosedRange<Int32>
        ) {
            self.isProduct = isProduct
            (self.aZero, self.bZero) = (aZero, bZero)
            (self.aScale, self.bScale, self.scale) = (aScale, bScale, scale)
            self.resultZeroPoint = resultZeroPoint
            self.range = range
        }
    }

    public var report: KernelReport { KernelReport(form.isProduct ? "product of integers" : "sum of integers") }
    public var tileCount: Int { tiles.count }
    private let form: Form
    private let areSigned: (a: Bool, b: Bool)
    private let nest: LoopNest
    private let tiles: StreamTiles
    private let loops: VectorLoops

    /// - Parameters:
    ///   - a, b: the types of A and B, int8 or uint8. The result's type follows from the range of stored results.
    ///   - nest: the strides of A, B and the result in this order.
    public init(_ form: Form, _ a: ElementType, _ b: ElementType, nest: LoopNest, options: KernelOptions) {
        self.form = form
        areSigned = (a == .int8, b == .int8)
        self.nest = nest
        tiles = StreamTiles(rows: nest.rowCount, columns: nest.innerCount)
        loops = VectorLoops(options.instructionSet)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (rows, columns) = tiles[tile]
        let steps = nest.innerStrides
        guard !columns.isEmpty else { return }
        var epilogue = ck_integer_epilogue(form.resultZeroPoint, form.range)
        var pair = ck_byte_pair(
            a_flip: areSigned.a ? 0x80 : 0, b_flip: areSigned.b ? 0x80 : 0, a_zero: form.aZero, b_zero: form.bZero,
            a_scale: form.aScale,
            b_scale: form.bScale, product: form.scale)
        // Both operations are commutative, so the operands are swapped such that a repeated element is the second.
        let isSwapped = steps[0] == 0 && steps[1] == 1
        if isSwapped {
            swap(&pair.a_flip, &pair.b_flip)
            swap(&pair.a_zero, &pair.b_zero)
            swap(&pair.a_scale, &pair.b_scale)
        }
        let (first, second) = isSwapped ? (1, 0) : (0, 1)
        let isDense = steps[first] == 1 && (steps[second] == 0 || steps[second] == 1) && steps[2] == 1
        let store = Saturation(
            zeroPoint: form.resultZeroPoint, least: form.range.lowerBound, most: form.range.upperBound)
        nest.forEachRow(rows) { offset in
            let start = offset &+ steps &* SIMD4(repeating: columns.lowerBound)
            let a = operands.typed(first, as: UInt8.self) + start[first]
            let b = operands.typed(second, as: UInt8.self) + start[second]
            let target = operands.typed(2, as: UInt8.self) + start[2]
            if isDense {
                return loops.table.combine_bytes(
                    target, a, b, steps[second], columns.count, form.isProduct ? 1 : 0, &pair, &epilogue)
            }
            for index in 0..<columns.count {
                let x = real(a[index &* steps[first]], pair.a_flip, pair.a_zero)
                let y = real(b[index &* steps[second]], pair.b_flip, pair.b_zero)
                let value = form.isProduct ? x * y * pair.product : x * pair.a_scale + y * pair.b_scale
                target[index &* steps[2]] = UInt8(truncatingIfNeeded: store(value))
            }
        }
    }

    private func real(_ bits: UInt8, _ flip: UInt8, _ zero: Int32) -> Float {
        Float((flip != 0 ? Int32(Int8(bitPattern: bits)) : Int32(bits)) &- zero)
    }
}
