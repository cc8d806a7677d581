internal import DeeperTensors

/// Memory that one thread reads weights into, one tensor after the other: memory asked for anew would take a page fault for
/// every four kilobytes, which costs as much as reading them.
struct WeightBuffer: ~Copyable {
    private var storage: AlignedStorage?
    /// Smaller blocks are kept, however few of their bytes are asked for.
    private static let keptByteCount = 1 << 20

    /// Memory for so many bytes, which holds whatever was read before.
    ///
    /// - Throws: `limitExceeded` if the system refuses it.
    mutating func bytes(_ count: Int) throws -> UnsafeMutableRawBufferPointer {
        let held = storage?.byteCount ?? 0
        // The largest tensors come first: memory for them is not held while hundreds of small ones are read.
        if held < count || held > max(4 * count, WeightBuffer.keptByteCount) {
            storage = nil
            storage = try AlignedStorage(byteCount: count)
        }
        // Non-nil: set above.
        return UnsafeMutableRawBufferPointer(rebasing: storage!.mutableBytes[..<count])
    }
}
