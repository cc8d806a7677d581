import Glibc

/// A block of memory on a 64-byte boundary: either memory of its own, which is zero at first and freed with the object,
/// or a part of another owner's memory, which it keeps alive.
///
/// A block is written only while it has a single owner, and is read-only afterwards; therefore it may be shared between
/// threads. Large blocks are mapped, so pages that are never touched cost nothing.
public final class AlignedStorage: @unchecked Sendable {
    /// Every block starts on a boundary of this many bytes: a cache line and the widest vector register.
    public static let alignmentBytes = 64
    private static let mappedFromBytes = 1 << 20

    private let base: UnsafeMutableRawPointer
    private let owner: (any AnyObject & Sendable)?
    private let recycler: RecycledMemory?
    /// The number of usable bytes.
    public let byteCount: Int

    /// Whether the memory belongs to another owner, who may not expect it to change.
    var isBorrowed: Bool { owner != nil }

    /// Reserves `byteCount` bytes. They are zero, unless they come from `recycler`.
    ///
    /// - Parameter recycler: a collection that may provide the block, and that receives it when it is freed.
    /// - Throws: `limitExceeded` if the system refuses.
    public init(byteCount: Int, recycler: RecycledMemory? = nil) throws {
        self.byteCount = byteCount
        self.owner = nil
        self.recycler = recycler
        if let used = recycler?.take(byteCount) {
            self.base = used
        } else if AlignedStorage.isMapped(byteCount) {
            let pointer = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let pointer, pointer != MAP_FAILED else { throw AlignedStorage.refused(byteCount) }
            // Large pages mean fewer page faults while the block is filled and fewer TLB misses. If there are none,
            // nothing is lost.
            madvise(pointer, byteCount, MADV_HUGEPAGE)
            self.base = pointer
        } else {
            var pointer: UnsafeMutableRawPointer?
            let status = posix_memalign(&pointer, AlignedStorage.alignmentBytes, max(byteCount, 1))
            guard status == 0, let pointer else { throw AlignedStorage.refused(byteCount) }
            memset(pointer, 0, max(byteCount, 1))
            self.base = pointer
        }
    }

    /// Makes a read-only block from memory of another owner.
    ///
    /// - Precondition: `bytes` is not empty, starts on a 64-byte boundary and lives as long as `owner`.
    public init(_ bytes: UnsafeRawBufferPointer, of owner: any AnyObject & Sendable) {
        precondition(!bytes.isEmpty && Int(bitPattern: bytes.baseAddress) % AlignedStorage.alignmentBytes == 0)
        // Non-nil: not empty.
        self.base = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
        self.byteCount = bytes.count
        self.owner = owner
        self.recycler = nil
    }

    deinit {
        guard owner == nil, recycler?.give(base, byteCount) != true else { return }
        AlignedStorage.free(base, byteCount)
    }

    private static func isMapped(_ byteCount: Int) -> Bool { byteCount >= mappedFromBytes }

    /// Gives a block back to the system.
    static func free(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
        if isMapped(byteCount) { munmap(base, byteCount) } else { Glibc.free(base) }
    }

    /// The bytes, for reading.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// The bytes, for writing. Only the code that makes a block may write to it, before it is shared.
    public var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }

    private static func refused(_ byteCount: Int) -> DeeperError {
        DeeperError(.limitExceeded, "the system refused \(byteCount) bytes of memory")
    }
}
