internal import Synchronization

/// Freed blocks of memory, kept for the next of the same size: pages that were touched once need not be asked for again,
/// which for large results takes longer than to compute them.
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

    /// Smaller blocks cost less than to look for one.
    static let leastByteCount = 64 << 10

    private let state = Mutex(State())

    public init() {}

    deinit { state.withLock { for block in $0.blocks { AlignedStorage.free(block.base, block.byteCount) } } }

    /// Has it keep at least so many bytes, if so many are given back.
    public func keep(_ byteCount: Int) { state.withLock { $0.limit = max($0.limit, byteCount) } }

    func take(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount >= RecycledMemory.leastByteCount else { return nil }
        return state.withLock { state in
            guard let index = state.blocks.lastIndex(where: { $0.byteCount == byteCount }) else { return nil }
            state.byteCount -= byteCount
            return state.blocks.remove(at: index).base
        }
    }

    /// Takes a block, or says that it is too many.
    func give(_ base: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
        guard byteCount >= RecycledMemory.leastByteCount else { return false }
        let block = Block(base: base, byteCount: byteCount)
        let surplus: [Block]? = state.withLock { state in
            guard byteCount <= state.limit else { return nil }
            state.blocks.append(block)
            state.byteCount += byteCount
            // The oldest go: their size is perhaps not asked for any more.
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
