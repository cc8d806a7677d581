import Glibc

/// Allocates many blocks of memory with similar lifetimes from large mapped pieces. A piece of large pages costs a few
/// page faults, where single blocks would cost hundreds. A piece is freed with the last of its blocks.
public final class StorageChunks {
    private var chunk: Chunk?
    /// The bytes of the chunk that are in use.
    private var used = 0
    private var total = 0

    /// A piece of mapped memory.
    private final class Chunk: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
        static let largePage = 2 << 20

        init?(byteCount: Int) {
            // A large page begins at a multiple of its size, so memory before the first and after the last one is
            // unmapped.
            let slack = byteCount >= Chunk.largePage ? Chunk.largePage : 0
            let mapped = mmap(nil, byteCount + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let mapped, mapped != MAP_FAILED else { return nil }
            let front = slack == 0 ? 0 : (Chunk.largePage - Int(bitPattern: mapped) % Chunk.largePage) % Chunk.largePage
            if front > 0 { munmap(mapped, front) }
            if slack > front { munmap(mapped + front + byteCount, slack - front) }
            bytes = UnsafeMutableRawBufferPointer(start: mapped + front, count: byteCount)
            if slack > 0 { madvise(bytes.baseAddress, byteCount, MADV_HUGEPAGE) }
        }

        deinit { munmap(bytes.baseAddress, bytes.count) }
    }

    /// The first piece is small, for small networks; each further one is as large as all before it together, up to a
    /// limit.
    private static let leastByteCount = 256 << 10
    private static let mostByteCount = 8 << 20

    public init() {}

    /// Allocates a block of zero bytes.
    ///
    /// - Throws: `limitExceeded` if the system refuses.
    public func block(byteCount: Int) throws -> AlignedStorage {
        guard byteCount > 0 else { return try AlignedStorage(byteCount: 0) }
        let unit = AlignedStorage.alignmentBytes
        let needed = (byteCount + unit - 1) / unit * unit
        if chunk == nil || used + needed > chunk?.bytes.count ?? 0 {
            let wanted = max(needed, min(max(total, StorageChunks.leastByteCount), StorageChunks.mostByteCount))
            let page = 4096
            guard let fresh = Chunk(byteCount: (wanted + page - 1) / page * page) else {
                throw DeeperError(.limitExceeded, "the system refused \(byteCount) bytes of memory")
            }
            (chunk, used) = (fresh, 0)
        }
        guard let chunk else { throw DeeperError(.internalFault, "no memory for blocks") }
        defer {
            used += needed
            total += needed
        }
        return AlignedStorage(UnsafeRawBufferPointer(rebasing: chunk.bytes[used..<used + byteCount]), of: chunk)
    }
}
