/// A buffer that lives from one stage of a plan to another.
public struct BufferLifetime: Sendable, Hashable {
    public var byteCount: Int
    /// The stage that writes it first and the last one that touches it, both included.
    public var stages: ClosedRange<Int>

    public init(byteCount: Int, stages: ClosedRange<Int>) {
        self.byteCount = byteCount
        self.stages = stages
    }
}

/// Offsets of buffers in one arena.
public struct MemoryPlan: Sendable {
    public var offsets: [Int]
    public var arenaByteCount: Int
}

/// Gives every buffer a place in one arena such that buffers alive at the same stage do not overlap.
///
/// Greedy by size: the largest buffer first, each at the lowest offset that is free during its life. Offsets are
/// multiples of 64 bytes. Quadratic in the number of buffers.
public func planMemory(_ buffers: [BufferLifetime]) -> MemoryPlan {
    let alignment = 64
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [(offset: Int, end: Int, stages: ClosedRange<Int>)] = []
    var arena = 0
    let order = buffers.indices.sorted { (buffers[$1].byteCount, $0) < (buffers[$0].byteCount, $1) }
    for index in order where buffers[index].byteCount > 0 {
        let size = (buffers[index].byteCount + alignment - 1) / alignment * alignment
        var offset = 0
        // `placed` is sorted by offset, so the first gap that is wide enough is the lowest.
        for other in placed where other.stages.overlaps(buffers[index].stages) {
            if other.offset >= offset + size { break }
            offset = max(offset, other.end)
        }
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
