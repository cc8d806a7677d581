internal import Synchronization

/// How much memory a lane may keep for its plans. The limit may change while the lane runs.
final class MemoryLimit: Sendable {
    private let value: Atomic<Int>

    /// - Parameter byteCount: the limit in bytes.
    init(_ byteCount: Int) { value = Atomic(byteCount) }

    /// A change takes effect when memory for another plan is requested.
    var byteCount: Int {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}
