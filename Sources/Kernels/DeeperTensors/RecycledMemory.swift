internal import Synchronization

/// A collection of freed memory blocks that are reused for new blocks of the same size. Their pages are already mapped;
/// for large results, getting fresh pages from the system would take longer than the computation.
public final class RecycledMemory: Sendable {
    private struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
    }

    private struct State {
        var blocks: [Block] = []
        var byteCount = 0
        var limit = 0
    }

    /// The smallest size of blocks that are kept; allocating smaller ones is cheaper than a search.
    static let leastByteCount = 64 << 10

    private let state = Mutex(State())

    public init() {}

    deinit { state.withLock { for block in $0.blocks { AlignedStorage.free(block.base, block.byteCount) } } }

    /// Raises the limit of kept memory to at least `byteCount` bytes.
    public func keep(_ byteCount: Int) { state.withLock { $0.limit = max($0.limit, byteCount) } }

    func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount >= RecycledMemory.leastByteCount else { return nil }
        return state.withLock { state in
            guard let index = state.blocks.lastIndex(where: { $0.byteCount == byteCount }) else { return nil }
            state.byteCount -= byteCount
            return state.blocks.remove(at: index).base
        }
    }

    /// Keeps a freed block, or returns false if it does not fit into the limit.
    func give(_ base: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
        guard byteCount >= RecycledMemory.leastByteCount else { return false }
        let block = Block(base: base, byteCount: byteCount)
        let surplus: [Block]? = state.withLock { state in
            guard byteCount <= state.limit else { return nil }
            state.blocks.append(block)
            state.byteCount += byteCount
            // The oldest blocks are freed, because their size may not be needed any more.
            var surplus: [Block] = []
            while state.byteCount > state.limit {
                let oldest = state.blocks.removeFirst()
                state.byteCount -= oldest.byteCount
                surplus.append(oldest)
            }
            return surplus
        }
        for block in surplus ?? [] { AlignedStorage.free(block.base, block.byteCount) }
        return surplus != nil
    }
}
