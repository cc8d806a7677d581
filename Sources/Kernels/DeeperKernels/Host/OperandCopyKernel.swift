public import DeeperTensors

/// Copies a number of bytes from where a step's operands lie to memory of its own: what a profile compares the step's
/// time with. Plans do not come this way.
///
/// It reads the operands one after the other and begins anew with the first if they are shorter than the copy. Its
/// tiles are as large as those of kernels that stream.
public final class OperandCopyKernel: Kernel {
    /// The bytes that are read of an operand, from its first one on.
    public struct Source: Sendable, Hashable {
        public var operand: Int
        public var byteCount: Int

        public init(operand: Int, byteCount: Int) {
            self.operand = operand
            self.byteCount = byteCount
        }
    }

    public var report: KernelReport { KernelReport("copy") }
    public let tileCount: Int
    private let sources: [Source]
    private let byteCount: Int
    private let target: AlignedStorage
    /// Tiles begin with whole lines of the cache.
    private static let lineBytes = 64

    /// - Parameters:
    ///   - sources: operands as the step numbers them.
    ///   - byteCount: of the copy.
    ///   - target: where it goes, from the first byte on. One copy at a time may use it.
    /// - Precondition: `target` holds `byteCount` bytes; some source has bytes.
    public init(_ sources: [Source], byteCount: Int, to target: AlignedStorage) {
        self.sources = sources.filter { $0.byteCount > 0 }
        precondition(byteCount <= target.byteCount && !self.sources.isEmpty)
        self.byteCount = byteCount
        self.target = target
        self.tileCount = streamingTileCount(
            elements: byteCount / MemoryLayout<Float>.size, rows: byteCount / OperandCopyKernel.lineBytes)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let lineBytes = OperandCopyKernel.lineBytes
        let lines = partition((byteCount + lineBytes - 1) / lineBytes, part: tile, of: tileCount)
        let end = min(byteCount, lines.upperBound * lineBytes)
        // Non-nil: AlignedStorage never hands out an empty block.
        let target = target.mutableBytes.baseAddress!
        var position = lines.lowerBound * lineBytes
        var (index, offset) = source(at: position)
        while position < end {
            let count = min(sources[index].byteCount - offset, end - position)
            (target + position).copyMemory(from: operands[sources[index].operand] + offset, byteCount: count)
            position += count
            (index, offset) = ((index + 1) % sources.count, 0)
        }
    }

    /// The source that a byte of the copy comes from, and which of its bytes it is.
    private func source(at position: Int) -> (index: Int, offset: Int) {
        var offset = position % sources.reduce(0) { $0 + $1.byteCount }
        var index = 0
        while offset >= sources[index].byteCount {
            offset -= sources[index].byteCount
            index += 1
        }
        return (index, offset)
    }
}
