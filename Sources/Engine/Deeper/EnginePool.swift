internal import DeeperExecution
internal import DeeperTensors
internal import DeeperThreads

/// Threads and working memory for the calls of several engines, for example of all models of a server.
///
/// An engine that is given no pool makes its own. Engines that share a pool run no more calls at once than it allows,
/// however many engines there are.
public final class EnginePool: Sendable {
    /// The threads that share one call. If all calls share the threads, this is the number that one call uses while it
    /// runs alone.
    public let threads: Int
    /// The number of calls that run at the same time; further calls wait.
    public let concurrentCalls: Int
    let lanes: LanePool
    let queue: CallQueue

    /// - Parameters:
    ///   - threads: the threads that share one call, the calling thread included.
    ///   - sharesThreads: whether `threads` is the total for all calls: a call that runs alone uses all of them, and
    ///     concurrent calls divide them, which completes more calls in the same time.
    ///   - concurrentCalls: the number of calls that run at the same time. `nil`: as many as the CPUs that this process
    ///     may use allow at `threads` each, or as many as there are threads if they are shared.
    ///   - queueLimit: the number of asynchronous calls that may wait.
    ///   - preparedPlanCount: the number of sets of input shapes, of all models together, for which each concurrent
    ///     call keeps its working memory.
    ///   - workingMemoryBytes: how much working memory all calls keep together. A call whose shapes need more than one
    ///     call's share is refused with `limitExceeded`; the memory for the least recently used shapes is released
    ///     first.
    /// - Throws: `invalidInput` unless threads and concurrent calls are 1 to 1024.
    public init(
        threads: Int = 1, sharesThreads: Bool = false, concurrentCalls: Int? = nil, queueLimit: Int = 1024,
        preparedPlanCount: Int = 64,
        workingMemoryBytes: Int = .max
    ) throws {
        guard (1...1024).contains(threads), (1...1024).contains(concurrentCalls ?? 1) else {
            throw DeeperError(.invalidInput, "threads and concurrent calls must be 1 to 1024")
        }
        let calls = concurrentCalls ?? (sharesThreads ? threads : max(1, CPUBudget.available / threads))
        self.threads = threads
        self.concurrentCalls = calls
        self.lanes = LanePool(
            lanes: calls, threads: threads, contexts: preparedPlanCount, contextBytes: workingMemoryBytes,
            sharesThreads: sharesThreads)
        self.queue = CallQueue(threads: calls, limit: queueLimit)
    }

    /// Runs `body` while each call in it gets no more threads than it would if as many calls ran as the pool allows.
    /// Use it to measure what calls cost under load.
    public func whileCrowded<Result>(_ body: () throws -> Result) rethrows -> Result { try lanes.whileCrowded(body) }

    /// Announces how many calls will run at the same time without a pause, for callers with a queue of their own. When
    /// one of these calls has ended and the next has not begun, the others then do not spread over all threads.
    public func expectCalls(_ count: Int) { lanes.expectCalls(count) }

    /// Changes how much working memory all calls keep together, in bytes: `workingMemoryBytes` of the initialiser.
    public func setWorkingMemoryBytes(_ byteCount: Int) { lanes.setContextBytes(byteCount) }

    /// The memory that this process may use, in bytes: the smaller of the machine's memory and the limit of the
    /// process's control groups.
    public static var availableMemoryBytes: Int { MemoryBudget.limit }

    /// The number of CPUs that this process may keep busy: the smaller of those in its affinity mask and the quota of
    /// its control groups.
    public static var availableCPUs: Int { CPUBudget.available }
}
