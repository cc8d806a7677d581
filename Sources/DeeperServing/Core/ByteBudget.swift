#if Server
internal import InferenceProtocol
internal import Synchronization

/// Bytes of requests that are held at once.
final class ByteBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Claims of one request, given back when it ends.
    final class Claim: Sendable {
        private let budget: ByteBudget
        private let held = Atomic<Int>(0)

        fileprivate init(_ budget: ByteBudget) { self.budget = budget }

        deinit { budget.used.subtract(held.load(ordering: .relaxed), ordering: .relaxed) }

        /// - Throws: `unavailable` if the server holds too much already.
        func add(_ count: Int) throws {
            held.add(count, ordering: .relaxed)
            guard budget.used.add(count, ordering: .relaxed).newValue <= budget.limit else {
                throw ServingError(.unavailable, "the server holds \(budget.limit) bytes of requests already")
            }
        }
    }

    func claim() -> Claim { Claim(self) }
}
#endif
