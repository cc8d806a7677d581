#if Server
internal import DeeperInferenceProtocol
internal import Synchronization

/// The bytes of requests, their answers and what is made of them on the way, of all clients together.
public final class ByteBudget: Sendable {
    public let limit: Int
    private let used = Atomic<Int>(0)

    public init(limit: Int) { self.limit = limit }

    public var usedBytes: Int { used.load(ordering: .relaxed) }

    /// What one request holds, given back when nobody needs it any more.
    public final class Claim: Sendable {
        private let budget: ByteBudget
        private let held = Atomic<Int>(0)
        private let kept = Mutex<[Claim]>([])

        fileprivate init(_ budget: ByteBudget) { self.budget = budget }

        deinit { budget.used.subtract(held.load(ordering: .relaxed), ordering: .relaxed) }

        /// Claims more bytes, before they are held.
        ///
        /// - Throws: `exhausted` if the server holds too much already; nothing is claimed then.
        public func add(_ count: Int) throws {
            guard budget.used.add(count, ordering: .relaxed).newValue <= budget.limit else {
                budget.used.subtract(count, ordering: .relaxed)
                throw ServingError(
                    .exhausted, "requests and answers would exceed \(budget.limit) bytes, try again later")
            }
            held.add(count, ordering: .relaxed)
        }

        /// Claims bytes that are held already: bytes that were claimed elsewhere until now.
        public func takeOver(_ count: Int) {
            budget.used.add(count, ordering: .relaxed)
            held.add(count, ordering: .relaxed)
        }

        /// Gives back a part of what was claimed.
        public func give(_ count: Int) {
            held.subtract(count, ordering: .relaxed)
            budget.used.subtract(count, ordering: .relaxed)
        }

        /// Keeps what another claim holds for as long as this one.
        public func keep(_ other: Claim) { kept.withLock { $0.append(other) } }
    }

    public func claim() -> Claim { Claim(self) }
}
#endif
