public import DeeperTensors

/// The extents and strides of a stack of integer products.
public struct IntegerMatMulForm: Sendable {
    public var m: Int, n: Int, k: Int
    /// The offsets of the first elements of each product's operands.
    public var aOffsets: [Int], bOffsets: [Int]
    /// The distances in elements from one row to the next and from one column to the next.
    public var aStrides: (row: Int, column: Int)
    public var bStrides: (row: Int, column: Int)

    public init(
        m: Int, n: Int, k: Int, aOffsets: [Int], bOffsets: [Int], aStrides: (row: Int, column: Int),
        bStrides: (row: Int, column: Int)
    ) {
        (self.m, self.n, self.k) = (m, n, k)
        (self.aOffsets, self.bOffsets) = (aOffsets, bOffsets)
        (self.aStrides, self.bStrides) = (aStrides, bStrides)
    }
}

/// The indices of the operands that are zero points, and their number of elements: 1, or one per row of A or column of
/// B.
public struct IntegerZeroPoints: Sendable {
    public var operand: Int
    public var count: Int

    public init(operand: Int, count: Int) {
        self.operand = operand
        self.count = count
    }
}

/// Makes the kernel for products of two computed matrices of 8-bit numbers.
///
/// - Parameters:
///   - a, b: the operands' types, int8 or uint8.
///   - rowScales: further factors, one for all rows or one per row.
public func integerMatMulKernel(
    _ a: ElementType, _ b: ElementType, _ form: IntegerMatMulForm, aZero: IntegerZeroPoints?, bZero: IntegerZeroPoints?,
    rowScales: [Float], epilogue: IntegerEpilogue
) -> any Kernel {
    switch (a, b) {
    case (.int8, .int8):
        IntegerMatMulKernel<Int8, Int8>(form, aZero: aZero, bZero: bZero, rowScales: rowScales, epilogue: epilogue)
    case (.int8, _):
        IntegerMatMulKernel<Int8, UInt8>(form, aZero: aZero, bZero: bZero, rowScales: rowScales, epilogue: epilogue)
    case (_, .int8):
        IntegerMatMulKernel<UInt8, Int8>(form, aZero: aZero, bZero: bZero, rowScales: rowScales, epilogue: epilogue)
    default:
        IntegerMatMulKernel<UInt8, UInt8>(form, aZero: aZero, bZero: bZero, rowScales: rowScales, epilogue: epilogue)
    }
}

/// Products of two computed matrices of quantised numbers in int32, by plain loops.
///
/// Operands: A, B, those of their zero points that are operands, and the output, which is dense and row-major.
final class IntegerMatMulKernel<A: QuantizedElement, B: QuantizedElement>: Kernel {
    var report: KernelReport { KernelReport("matrix product of integers") }
    let tileCount: Int
    var scratchByteCount: Int { form.n * 4 }
    private let form: IntegerMatMulForm
    private let aZero: IntegerZeroPoints?, bZero: IntegerZeroPoints?
    private let rowScales: [Float]
    private let epilogue: IntegerEpilogue
    private let outputOperand: Int

    init(
        _ form: IntegerMatMulForm, aZero: IntegerZeroPoints?, bZero: IntegerZeroPoints?, rowScales: [Float],
        epilogue: IntegerEpilogue
    ) {
        self.form = form
        self.aZero = aZero
        self.bZero = bZero
        self.rowScales = rowScales
        self.epilogue = epilogue
        outputOperand = 2 + (aZero == nil ? 0 : 1) + (bZero == nil ? 0 : 1)
        tileCount = form.n == 0 ? 1 : max(1, form.aOffsets.count * form.m)
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < form.aOffsets.count * form.m else { return }
        let (product, row) = (tile / form.m, tile % form.m)
        let a = operands.typed(0, as: A.self) + form.aOffsets[product] + row * form.aStrides.row
        let b = operands.typed(1, as: B.self) + form.bOffsets[product]
        let aZero = self.aZero.map {
            Int32(operands.typed($0.operand, as: A.self)[$0.count == 1 ? 0 : row])
        }
        let bZeros = self.bZero.map { operands.typed($0.operand, as: B.self) }
        let sums = scratch.base.assumingMemoryBound(to: Int32.self)
        sums.update(repeating: 0, count: form.n)
        for term in 0..<form.k {
            let factor = Int32(a[term * form.aStrides.column]) &- (aZero ?? 0)
            let own = b + term * form.bStrides.row
            for column in 0..<form.n {
                let zero = bZeros.map { Int32($0[bZero?.count == 1 ? 0 : column]) } ?? 0
                sums[column] &+= factor &* (Int32(own[column * form.bStrides.column]) &- zero)
            }
        }
        let scale = rowScales[rowScales.count == 1 ? 0 : row]
        for column in 0..<form.n {
            epilogue.store(
                sums[column], column: column, rowScale: scale, to: operands[outputOperand], at: tile * form.n + column)
        }
    }
}
