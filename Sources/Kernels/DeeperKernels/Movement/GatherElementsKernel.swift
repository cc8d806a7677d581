public import DeeperTensors

/// Y[i, j, ...] = X[i, indices[i, j, ...], ...] for the axis of j (ONNX GatherElements).
///
/// Operands: X, indices (int32 or int64), Y, the last two row-major. An index outside the axis ends the run with an
/// error.
public final class GatherElementsKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport("gather elements") }
    public let tileCount: Int
    private let nest: LoopNest
    private let extent: Int, step: Int
    private let indexType: ElementType
    private let byteCount: Int

    /// - Parameters:
    ///   - nest: the loops over Y: strides of X, 0 along the axis, and those of indices and Y.
    ///   - extent, step: X's extent and stride along the axis.
    public init(nest: LoopNest, extent: Int, step: Int, indexType: ElementType, elementType: ElementType) {
        self.nest = nest
        self.extent = extent
        self.step = step
        self.indexType = indexType
        self.byteCount = elementType.byteCount
        self.tileCount = streamingTileCount(elements: nest.elementCount, rows: nest.rowCount)
    }

    public func touchedByteCount(ofOperand index: Int) -> Int? { index == 0 ? nest.elementCount * byteCount : nil }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let rows = partition(nest.rowCount, part: tile, of: tileCount)
        switch byteCount {
        case 1: gather(rows, operands, as: UInt8.self)
        case 2: gather(rows, operands, as: UInt16.self)
        case 4: gather(rows, operands, as: UInt32.self)
        default: gather(rows, operands, as: UInt64.self)
        }
    }

    private func gather<Word: BitwiseCopyable>(_ rows: Range<Int>, _ operands: Operands, as: Word.Type) {
        let x = operands[0].assumingMemoryBound(to: Word.self)
        let indices = IndexOperand(operands[1], indexType)
        let y = operands[2].assumingMemoryBound(to: Word.self)
        nest.forEachRow(rows) { offset in
            for index in 0..<nest.innerCount {
                let at = offset &+ nest.innerStrides &* SIMD4(repeating: index)
                guard let position = indices.position(at[1], extent: extent) else {
                    operands.report(.indexOutOfRange)
                    continue
                }
                y[at[1]] = x[at[0] + position * step]
            }
        }
    }
}
