public import DeeperTensors

/// Copies a number of bytes from a step's operands to memory of its own. Profiles compare the step's time with it;
/// plans do not use it.
///
/// It reads the operands one after the other, and starts again with the first if they are shorter than the copy. Its
/// tiles are as large as those of streaming kernels.
public final class OperandCopyKernel: Kernel {
    /// The bytes of an operand that are read, from the first one on.
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
    /// Tiles begin at multiples of a cache line.
    private static let lineBytes = 64

    /// - Parameters:
    ///   - sources: the operands, by their index in the step.
    ///   - byteCount: the number of bytes to copy.
    ///   - target: the destination. Only one copy at a time may use it.
    /// - Precondition: `target` has at least `byteCount` bytes; at least one source has bytes.
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
        // Non-nil: a block of AlignedStorage is never empty.
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

    /// The source of a byte of the copy, and the byte's offset in it.
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
