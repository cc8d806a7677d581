internal import DeeperTensors

/// A pool of threads that start one by one as work arrives, and that choose their next work under one lock. Call queues
/// and schedulers are built on it.
///
/// The pool does not store work: its owner does, guarded by the pool's lock, and decides what a free thread does next.
public final class ThreadPool: @unchecked Sendable {
    /// What a free thread does next.
    public enum Step {
        /// Runs a closure, without the lock.
        case work(() -> Void)
        /// Waits until the pool is woken, or for at most the given number of nanoseconds.
        case wait(nanoseconds: Int?)
        /// Ends the thread.
        case end
    }

    private let monitor = Monitor()
    private let name: String
    /// The largest number of threads.
    public let threadCount: Int
    private var started = 0
    private var idle = 0

    /// - Parameters:
    ///   - name: the name of the threads, at most 15 characters.
    ///   - threads: the largest number of threads, which are started one by one.
    public init(name: String, threads: Int) {
        self.name = name
        self.threadCount = max(1, threads)
    }

    /// Runs `body` under the pool's lock, to read or change what it guards.
    public func withLock<Result>(_ body: () throws -> Result) rethrows -> Result { try monitor.withLock(body) }

    /// The number of threads that are working; call it within the lock.
    public var busyCount: Int { started - idle }

    /// Makes sure that there is a thread for a new piece of work. Call it within the lock, before the work is added to
    /// the waiting work.
    ///
    /// - Parameters:
    ///   - waiting: the number of pieces of work that are already waiting.
    ///   - next: called by a thread, under the lock, whenever it is free. A thread keeps this closure until it is told
    ///     to end.
    /// - Throws: `limitExceeded` if the system refuses the first thread; if there are others, they do the work.
    public func prepare(forOneMoreThan waiting: Int, _ next: @escaping @Sendable () -> Step) throws {
        guard idle <= waiting, started < threadCount else { return }
        do {
            try SystemThread(name: name) { self.serve(next) }.detach()
            started += 1
        } catch  where started > 0 {}
    }

    /// Wakes waiting threads to ask for their next step; call it within the lock.
    public func wake() { monitor.broadcast() }

    private func serve(_ next: @Sendable () -> Step) {
        while true {
            let work: (() -> Void)? = monitor.withLock {
                while true {
                    switch next() {
                    case .work(let work): return work
                    case .end:
                        started -= 1
                        return nil
                    case .wait(let nanoseconds):
                        idle += 1
                        if let nanoseconds { monitor.wait(nanoseconds: nanoseconds) } else { monitor.wait() }
                        idle -= 1
                    }
                }
            }
            guard let work else { return }
            work()
        }
    }
}
