internal import Synchronization

/// Divides a number of threads among concurrent calls: a single call uses all of them, several calls get equal parts.
/// With fewer threads per call, less time is lost on threads waiting for each other, so the total throughput of many
/// calls is highest.
final class Crowd: Sendable {
    private let threads: Int
    private let calls = Atomic<Int>(0)
    private let expected = Atomic<Int>(0)

    init(threads: Int) { self.threads = threads }

    /// How many threads each call should use now.
    var width: Int {
        max(1, threads / max(1, calls.load(ordering: .relaxed), expected.load(ordering: .relaxed)))
    }

    func enter() { calls.add(1, ordering: .relaxed) }

    func leave() { calls.subtract(1, ordering: .relaxed) }

    /// Sets the number of calls to reckon with, even while one call has ended and its successor has not yet begun.
    func expect(_ count: Int) { expected.store(count, ordering: .relaxed) }
}
