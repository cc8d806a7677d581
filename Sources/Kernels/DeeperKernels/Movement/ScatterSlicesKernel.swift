public import DeeperTensors

/// Y = X, then Y[i_0, ..., i_(k-1), ...] = combine(Y[...], updates[t, ...]) for every tuple t of indices, one after
/// the other (ONNX ScatterND); row-major.
///
/// Operands: X, indices (int32 or int64), updates, Y. An index outside its axis ends the run with an error. Each tile
/// covers the same part of every slice, so that updates of one element keep their order.
public final class ScatterSlicesKernel: Kernel {
    public var report: KernelReport { KernelReport("scatter slices") }
    public let tileCount: Int
    private let tupleCount: Int
    private let tuples: SliceIndices
    private let sliceCount: Int, sliceElements: Int
    private let indexType: ElementType
    private let combination: ElementCombination

    /// - Parameters:
    ///   - extents: the extents of the axes that a tuple has indices for.
    ///   - sliceElements: the number of elements of one slice.
    public init(
        tupleCount: Int, extents: [Int], sliceElements: Int, indexType: ElementType, combination: ElementCombination
    ) {
        self.tupleCount = tupleCount
        self.tuples = SliceIndices(extents: extents)
        self.sliceCount = tuples.sliceCount
        self.sliceElements = sliceElements
        self.indexType = indexType
        self.combination = combination
        self.tileCount = streamingTileCount(elements: sliceCount * sliceElements, rows: sliceElements / 1024)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let part = partition(sliceElements, part: tile, of: tileCount)
        let byteCount = combination.byteCount
        if tileCount == 1 {
            operands[3].copyMemory(from: operands[0], byteCount: sliceCount * sliceElements * byteCount)
        } else {
            for slice in 0..<sliceCount {
                let start = (slice * sliceElements + part.lowerBound) * byteCount
                (operands[3] + start).copyMemory(from: operands[0] + start, byteCount: part.count * byteCount)
            }
        }
        let indices = IndexOperand(operands[1], indexType)
        for tuple in 0..<tupleCount {
            guard let slice = tuples.slice(tuple, indices) else {
                operands.report(.indexOutOfRange)
                continue
            }
            combination.apply(
                operands[3], at: slice * sliceElements + part.lowerBound, operands[2],
                from: tuple * sliceElements + part.lowerBound, count: part.count)
        }
    }
}
