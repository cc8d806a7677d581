/// Y = the cache, overwritten with an update from position start[b] on along one axis, where b is the first axis (ONNX
/// TensorScatter); row-major.
///
/// Operands: cache, update, starts (int64) if there are any, Y. Unless positions wrap around, an update that does not
/// fit after its start ends the run with an error.
public final class CacheUpdateKernel: Kernel {
    public var report: KernelReport { KernelReport("cache update") }
    public let tileCount: Int
    private let outer: Int, outerPerBatch: Int
    private let extent: Int, updateExtent: Int
    private let innerBytes: Int
    private let isCircular: Bool
    private let hasStarts: Bool

    /// - Parameters:
    ///   - outer, outerPerBatch: the number of positions before the axis, for all entries of the first axis and for
    ///     one.
    ///   - extent, updateExtent: the extents of the cache and of the update along the axis.
    ///   - innerBytes: bytes of one position of the axis.
    ///   - hasStarts: whether starts are an operand; otherwise they are 0.
    public init(
        outer: Int, outerPerBatch: Int, extent: Int, updateExtent: Int, innerBytes: Int, isCircular: Bool,
        hasStarts: Bool
    ) {
        precondition(updateExtent <= extent)
        self.outer = outer
        self.outerPerBatch = outerPerBatch
        self.extent = extent
        self.updateExtent = updateExtent
        self.innerBytes = innerBytes
        self.isCircular = isCircular
        self.hasStarts = hasStarts
        self.tileCount = streamingTileCount(elements: outer * extent * innerBytes / 4, rows: outer)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let target = operands[hasStarts ? 3 : 2]
        for row in partition(outer, part: tile, of: tileCount) {
            let y = target + row * extent * innerBytes
            y.copyMemory(from: operands[0] + row * extent * innerBytes, byteCount: extent * innerBytes)
            guard updateExtent > 0 else { continue }
            var start = hasStarts ? Int(operands[2].assumingMemoryBound(to: Int64.self)[row / outerPerBatch]) : 0
            if isCircular {
                start %= extent
                if start < 0 { start += extent }
            }
            guard start >= 0, isCircular || start <= extent - updateExtent else {
                operands.report(.indexOutOfRange)
                continue
            }
            let update = operands[1] + row * updateExtent * innerBytes
            let first = min(updateExtent, extent - start)
            (y + start * innerBytes).copyMemory(from: update, byteCount: first * innerBytes)
            y.copyMemory(from: update + first * innerBytes, byteCount: (updateExtent - first) * innerBytes)
        }
    }
}
