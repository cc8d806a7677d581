#if Server
internal import DeeperInferenceProtocol
internal import Synchronization

/// A limit for the bytes of requests, their answers and intermediate data, of all clients together.
public final class ByteBudget: Sendable {
    public let limit: Int
    private let used = Atomic<Int>(0)

    public init(limit: Int) { self.limit = limit }

    public var usedBytes: Int { used.load(ordering: .relaxed) }

    /// The bytes that one request holds; they are given back when the claim is released.
    public final class Claim: Sendable {
        private let budget: ByteBudget
        private let held = Atomic<Int>(0)
        private let kept = Mutex<[Claim]>([])

        fileprivate init(_ budget: ByteBudget) { self.budget = budget }

        deinit { budget.used.subtract(held.load(ordering: .relaxed), ordering: .relaxed) }

        /// Claims more bytes, before they are allocated.
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

        /// Claims bytes that are already allocated and were claimed elsewhere until now.
        public func takeOver(_ count: Int) {
            budget.used.add(count, ordering: .relaxed)
            held.add(count, ordering: .relaxed)
        }

        /// Gives back a part of what was claimed.
        public func give(_ count: Int) {
            held.subtract(count, ordering: .relaxed)
            budget.used.subtract(count, ordering: .relaxed)
        }

        /// Keeps the bytes of another claim for as long as this claim exists.
        public func keep(_ other: Claim) { kept.withLock { $0.append(other) } }
    }

    public func claim() -> Claim { Claim(self) }
}
#endif
