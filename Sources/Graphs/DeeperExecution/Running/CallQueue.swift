internal import DeeperKernels
internal import DeeperTensors

/// A bounded queue of calls and the threads that serve it: how `async` callers get work done without lending the
/// cooperative pool's threads.
public final class CallQueue: @unchecked Sendable {
    private let state: State

    /// - Parameters:
    ///   - threads: started one by one, as calls come in.
    ///   - limit: waiting calls beyond which new ones are refused.
    public init(threads: Int, limit: Int) { state = State(threads: max(1, threads), limit: max(1, limit)) }

    deinit { state.close() }

    /// Queues a call.
    ///
    /// - Throws: `overloaded` if the queue is full, `limitExceeded` if the system refuses a thread.
    public func submit(_ call: @escaping @Sendable () -> Void) throws { try state.submit(call) }

    /// Calls that wait.
    public var waitingCount: Int { state.waitingCount }

    // Apart from the queue itself, so that its threads do not keep it alive.
    private final class State: @unchecked Sendable {
        private let monitor = Monitor()
        private let threads: Int
        private let limit: Int
        private var waiting: [@Sendable () -> Void] = []
        private var started = 0
        private var idle = 0
        private var isClosed = false

        init(threads: Int, limit: Int) {
            self.threads = threads
            self.limit = limit
        }

        var waitingCount: Int { monitor.withLock { waiting.count } }

        func submit(_ call: @escaping @Sendable () -> Void) throws {
            try monitor.withLock {
                guard waiting.count < limit else {
                    throw DeeperError(.overloaded, "\(waiting.count) calls are waiting already")
                }
                if idle <= waiting.count, started < threads {
                    try start()
                    started += 1
                }
                waiting.append(call)
                monitor.broadcast()
            }
        }

        func close() {
            monitor.withLock {
                isClosed = true
                monitor.broadcast()
            }
        }

        /// Serves calls until the queue is closed and empty.
        func serve() {
            while true {
                let call: (@Sendable () -> Void)? = monitor.withLock {
                    idle += 1
                    while waiting.isEmpty, !isClosed { monitor.wait() }
                    idle -= 1
                    return waiting.isEmpty ? nil : waiting.removeFirst()
                }
                guard let call else { return }
                call()
            }
        }

        private func start() throws { try SystemThread(name: "deeper-call") { self.serve() }.detach() }
    }
}
