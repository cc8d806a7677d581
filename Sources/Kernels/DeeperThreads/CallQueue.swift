internal import DeeperTensors

/// A bounded queue of calls and the threads that serve it: how `async` callers get work done without lending the
/// cooperative pool's threads.
public final class CallQueue: @unchecked Sendable {
    private let state: State

    /// - Parameters:
    ///   - threads: started one by one, as calls come in.
    ///   - limit: waiting calls beyond which new ones are refused.
    public init(threads: Int, limit: Int) { state = State(threads: threads, limit: max(1, limit)) }

    deinit { state.close() }

    /// Queues a call.
    ///
    /// - Throws: `overloaded` if the queue is full, `limitExceeded` if the system refuses the first thread.
    public func submit(_ call: @escaping @Sendable () -> Void) throws { try state.submit(call) }

    /// Calls that wait.
    public var waitingCount: Int { state.waitingCount }

    // Apart from the queue itself, so that its threads do not keep it alive.
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

        /// Threads serve calls until the queue is closed and empty.
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
