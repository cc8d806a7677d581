internal import Synchronization

/// How much memory a lane may keep for its plans; may change while it runs.
final class MemoryLimit: Sendable {
    private let value: Atomic<Int>

    /// - Parameter byteCount: the limit in bytes.
    init(_ byteCount: Int) { value = Atomic(byteCount) }

    /// Takes effect when memory for another plan is asked for.
    var byteCount: Int {
        get { value.load(ordering: .relaxed) }
        set { value.store(newValue, ordering: .relaxed) }
    }
}
