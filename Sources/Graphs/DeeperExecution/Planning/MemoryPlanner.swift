internal import DeeperTensors

/// The size of a buffer and the stages of a plan during which it is in use; the input of ``planMemory(_:)``.
public struct BufferLifetime: Sendable, Hashable {
    public var byteCount: Int
    /// From the first stage that writes the buffer to the last one that touches it, both included.
    public var stages: ClosedRange<Int>

    public init(byteCount: Int, stages: ClosedRange<Int>) {
        self.byteCount = byteCount
        self.stages = stages
    }
}

/// The offsets of buffers in one arena; the result of ``planMemory(_:)``.
public struct MemoryPlan: Sendable {
    public var offsets: [Int]
    public var arenaByteCount: Int
}

/// Places every buffer in one arena such that buffers that are alive at the same stage do not overlap.
///
/// Greedy by size: the largest buffer comes first, and each gets the lowest offset that is free during its lifetime.
/// Offsets are multiples of 64 bytes. The complexity is quadratic in the number of buffers.
public func planMemory(_ buffers: [BufferLifetime]) -> MemoryPlan {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [(offset: Int, end: Int, stages: ClosedRange<Int>)] = []
    var arena = 0
    let order = buffers.indices.sorted { (buffers[$1].byteCount, $0) < (buffers[$0].byteCount, $1) }
    for index in order where buffers[index].byteCount > 0 {
        let size = aligned(buffers[index].byteCount)
        let offset = lowestGap(
            of: size,
            beside: placed.lazy.filter { $0.stages.overlaps(buffers[index].stages) }.map { ($0.offset, $0.end) })
        offsets[index] = offset
        let entry = (offset: offset, end: offset + size, stages: buffers[index].stages)
        var low = 0
        var high = placed.count
        while low < high {
            let middle = (low + high) / 2
            if placed[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        placed.insert(entry, at: low)
        arena = max(arena, offset + size)
    }
    return MemoryPlan(offsets: offsets, arenaByteCount: arena)
}

extension MemoryPlan {
    /// The lowest offsets for `count` blocks of `byteCount` bytes that overlap neither each other nor a buffer that is
    /// alive at the given stage.
    func gaps(_ count: Int, of byteCount: Int, among buffers: [BufferLifetime], at stage: Int) -> [Int] {
        var taken = zip(buffers, offsets).filter { $0.0.byteCount > 0 && $0.0.stages.contains(stage) }
            .map { (offset: $0.1, end: $0.1 + aligned($0.0.byteCount)) }
        return (0..<count).map { _ in
            taken.sort { $0.offset < $1.offset }
            let offset = lowestGap(of: byteCount, beside: taken)
            taken.append((offset, offset + byteCount))
            return offset
        }
    }
}

/// The byte count, rounded up to whole blocks.
func aligned(_ byteCount: Int) -> Int {
    let block = AlignedStorage.alignmentBytes
    return (byteCount + block - 1) / block * block
}

/// The lowest offset at which `byteCount` bytes fit between or after the ranges in `taken`, which are sorted by offset.
private func lowestGap(of byteCount: Int, beside taken: some Sequence<(offset: Int, end: Int)>) -> Int {
    var offset = 0
    for other in taken {
        if other.offset - offset >= byteCount { break }
        offset = max(offset, other.end)
    }
    return offset
}
