public import DeeperTensors

/// Y[b, t, ...] = X[b, i_0, ..., i_(k-1), ...] for tuple t of batch b (ONNX GatherND); row-major.
///
/// Operands: X, indices (int32 or int64), Y. An index outside its axis ends the run with an error.
public final class GatherSlicesKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport("gather slices") }
    public let tileCount: Int
    private let tupleCount: Int, tuplesPerBatch: Int
    private let tuples: SliceIndices
    private let sliceCount: Int, sliceBytes: Int
    private let indexType: ElementType

    /// - Parameters:
    ///   - extents: the extents of the axes that a tuple has indices for.
    ///   - sliceBytes: bytes of one position of these axes.
    public init(batches: Int, tuplesPerBatch: Int, extents: [Int], sliceBytes: Int, indexType: ElementType) {
        self.tupleCount = batches * tuplesPerBatch
        self.tuplesPerBatch = tuplesPerBatch
        self.tuples = SliceIndices(extents: extents)
        self.sliceCount = tuples.sliceCount
        self.sliceBytes = sliceBytes
        self.indexType = indexType
        self.tileCount = streamingTileCount(elements: tupleCount * sliceBytes / 4, rows: tupleCount)
    }

    public func touchedByteCount(ofOperand index: Int) -> Int? { index == 0 ? tupleCount * sliceBytes : nil }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let indices = IndexOperand(operands[1], indexType)
        for tuple in partition(tupleCount, part: tile, of: tileCount) {
            guard let slice = tuples.slice(tuple, indices) else {
                operands.report(.indexOutOfRange)
                continue
            }
            let source = operands[0] + (tuple / tuplesPerBatch * sliceCount + slice) * sliceBytes
            (operands[2] + tuple * sliceBytes).copyMemory(from: source, byteCount: sliceBytes)
        }
    }
}
