internal import DeeperTensors

/// A bounded queue of calls with threads of its own, so that `async` callers do not block threads of Swift's
/// cooperative pool.
public final class CallQueue: @unchecked Sendable {
    private let state: State

    /// - Parameters:
    ///   - threads: the largest number of threads, which are started one by one as calls arrive.
    ///   - limit: the largest number of waiting calls; further ones are rejected.
    public init(threads: Int, limit: Int) { state = State(threads: threads, limit: max(1, limit)) }

    deinit { state.close() }

    /// Queues a call.
    ///
    /// - Throws: `overloaded` if the queue is full, `limitExceeded` if the system refuses the first thread.
    public func submit(_ call: @escaping @Sendable () -> Void) throws { try state.submit(call) }

    /// The number of waiting calls.
    public var waitingCount: Int { state.waitingCount }

    // Separate from the queue itself, so that its threads do not keep it alive.
    private final class State: @unchecked Sendable {
        private let pool: ThreadPool
        private let limit: Int
        private var waiting: [@Sendable () -> Void] = []
        private var isClosed = false

        init(threads: Int, limit: Int) {
            self.pool = ThreadPool(name: "deeper-call", threads: threads)
            self.limit = limit
        }

        var waitingCount: Int { pool.withLock { waiting.count } }

        func submit(_ call: @escaping @Sendable () -> Void) throws {
            try pool.withLock {
                guard waiting.count < limit else {
                    throw DeeperError(.overloaded, "\(waiting.count) calls are waiting already")
                }
                try pool.prepare(forOneMoreThan: waiting.count) { self.next() }
                waiting.append(call)
                pool.wake()
            }
        }

        /// The next step of a free thread: threads serve calls until the queue is closed and empty.
        private func next() -> ThreadPool.Step {
            guard waiting.isEmpty else { return .work(waiting.removeFirst()) }
            return isClosed ? .end : .wait(nanoseconds: nil)
        }

        func close() {
            pool.withLock {
                isClosed = true
                pool.wake()
            }
        }
    }
}
