internal import Synchronization

/// The packing of a plan's weights, put off until all kernels are made, then shared out among threads.
public final class Preparation: Sendable {
    private struct Job: Sendable {
        var weightCount: Int
        var run: @Sendable () throws -> Void
    }

    private let jobs = Mutex<[Job]>([])

    public init() {}

    /// - Parameter weightCount: how much work it is.
    func add(weightCount: Int, _ run: @escaping @Sendable () throws -> Void) {
        jobs.withLock { $0.append(Job(weightCount: weightCount, run: run)) }
    }

    /// Does what was put off, the largest first, on the calling thread and others.
    ///
    /// - Throws: the first error of any job; `limitExceeded` if the system refuses a thread.
    public func run(threads: Int) throws {
        let jobs = self.jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs.sorted { $0.weightCount > $1.weightCount }
        }
        let queue = Queue(jobs)
        var helpers: [SystemThread] = []
        defer { for helper in helpers { helper.join() } }
        for _ in 1..<max(1, min(threads, jobs.count)) {
            helpers.append(try SystemThread(name: "deeper-prepare") { queue.work() })
        }
        queue.work()
        for helper in helpers { helper.join() }
        helpers = []
        if let error = queue.error { throw error }
    }

    private final class Queue: Sendable {
        private let jobs: [Job]
        private let next = Atomic<Int>(0)
        private let failure = Mutex<(any Error)?>(nil)

        init(_ jobs: [Job]) { self.jobs = jobs }

        var error: (any Error)? { failure.withLock { $0 } }

        func work() {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < jobs.count, error == nil else { return }
                do {
                    try jobs[index].run()
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
    }
}
