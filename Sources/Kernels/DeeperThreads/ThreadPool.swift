internal import DeeperTensors

/// Threads that start one by one as work comes in and choose what they do next under one lock: what call queues and
/// schedulers are made of.
///
/// The pool keeps no work: whoever owns it says what is next whenever a thread is free, and guards it by the pool's lock.
public final class ThreadPool: @unchecked Sendable {
    /// What a free thread should do.
    public enum Step {
        /// Something, without the lock.
        case work(() -> Void)
        /// Nothing until the pool is woken, or for so many nanoseconds.
        case wait(nanoseconds: Int?)
        /// End.
        case end
    }

    private let monitor = Monitor()
    private let name: String
    /// The most threads there will be.
    public let threadCount: Int
    private var started = 0
    private var idle = 0

    /// - Parameters:
    ///   - name: of the threads, at most 15 characters.
    ///   - threads: started one by one.
    public init(name: String, threads: Int) {
        self.name = name
        self.threadCount = max(1, threads)
    }

    /// Looks at what the pool guards, or changes it.
    public func withLock<Result>(_ body: () throws -> Result) rethrows -> Result { try monitor.withLock(body) }

    /// Threads that do something; within the lock.
    public var busyCount: Int { started - idle }

    /// Makes sure that a thread comes for new work, within the lock; called before it is added to what waits.
    ///
    /// - Parameters:
    ///   - waiting: pieces of work that wait already.
    ///   - next: what a thread asks, under the lock, whenever it is free. A thread holds on to it until it is told to end.
    /// - Throws: `limitExceeded` if the system refuses the first thread; where there are others, they do the work.
    public func prepare(forOneMoreThan waiting: Int, _ next: @escaping @Sendable () -> Step) throws {
        guard idle <= waiting, started < threadCount else { return }
        do {
            try SystemThread(name: name) { self.serve(next) }.detach()
            started += 1
        } catch  where started > 0 {}
    }

    /// Lets waiting threads ask what is next; within the lock.
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
