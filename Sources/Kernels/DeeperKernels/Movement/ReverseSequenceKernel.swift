/// Y = X with the first length[b] time steps of each batch entry b in reverse order; the other steps are unchanged
/// (ONNX ReverseSequence).
///
/// X has time and batch as its first two axes, in either order. Operands: X, lengths (int64), Y. A length below 0 or
/// beyond the time axis ends the run with an error.
public final class ReverseSequenceKernel: Kernel {
    public var report: KernelReport { KernelReport("reverse sequence") }
    public let tileCount: Int
    private let times: Int, batches: Int, innerBytes: Int
    private let isTimeFirst: Bool

    /// - Parameter innerBytes: bytes of one position of the first two axes.
    public init(times: Int, batches: Int, innerBytes: Int, isTimeFirst: Bool) {
        self.times = times
        self.batches = batches
        self.innerBytes = innerBytes
        self.isTimeFirst = isTimeFirst
        self.tileCount = streamingTileCount(elements: times * batches * innerBytes / 4, rows: times * batches)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let lengths = operands[1].assumingMemoryBound(to: Int64.self)
        for row in partition(times * batches, part: tile, of: tileCount) {
            let (time, batch) = isTimeFirst ? (row / batches, row % batches) : (row % times, row / times)
            let length = Int(lengths[batch])
            guard length >= 0, length <= times else {
                operands.report(.indexOutOfRange)
                continue
            }
            let from = time < length ? length - 1 - time : time
            let source = isTimeFirst ? from * batches + batch : batch * times + from
            (operands[2] + row * innerBytes).copyMemory(
                from: operands[0] + source * innerBytes, byteCount: innerBytes)
        }
    }
}
