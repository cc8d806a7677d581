#if CommandLine && Server
import DeeperThreads

/// Lets a command wait for asynchronous work. The thread that waits is the process's first, not one of Swift's
/// pool.
enum Waiting {
    private final class Outcome: @unchecked Sendable {
        private let monitor = Monitor()
        private var result: Result<Void, any Error>?

        func set(_ result: Result<Void, any Error>) {
            monitor.withLock {
                self.result = result
                monitor.broadcast()
            }
        }

        func wait() throws {
            let outcome: Result<Void, any Error>? = monitor.withLock {
                while self.result == nil { monitor.wait() }
                return self.result
            }
            try outcome?.get()
        }
    }

    static func wait(for work: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Outcome()
        Task {
            do {
                try await work()
                outcome.set(.success(()))
            } catch {
                outcome.set(.failure(error))
            }
        }
        try outcome.wait()
    }
}
#endif
