internal import Synchronization

/// Calls that share a number of threads: alone a call uses all of them, among others its part. Fewer threads for each
/// waste less time on waiting for each other, so that is what many calls are best computed with.
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

    /// So many calls are taken to be there, even where one has ended and its successor has not begun.
    func expect(_ count: Int) { expected.store(count, ordering: .relaxed) }
}
