internal import DeeperTensors

/// Memory into which one thread reads weights, one tensor after the other. Fresh memory for each would cost a page
/// fault for every four kilobytes, which takes as long as reading them.
struct WeightBuffer: ~Copyable {
    private var storage: AlignedStorage?
    /// Blocks up to this size are kept, even if only a few of their bytes are needed.
    private static let keptByteCount = 1 << 20

    /// Memory for `count` bytes with undefined contents.
    ///
    /// - Throws: `limitExceeded` if the system refuses it.
    mutating func bytes(_ count: Int) throws -> UnsafeMutableRawBufferPointer {
        let held = storage?.byteCount ?? 0
        // The largest tensors come first; their memory should not be held while hundreds of small ones are read.
        if held < count || held > max(4 * count, WeightBuffer.keptByteCount) {
            storage = nil
            storage = try AlignedStorage(byteCount: count)
        }
        // Non-nil: set above.
        return UnsafeMutableRawBufferPointer(rebasing: storage!.mutableBytes[..<count])
    }
}
