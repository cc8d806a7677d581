internal import DeeperExecution
internal import DeeperTensors
internal import DeeperThreads

/// Threads and working memory for the calls of several engines: what a server shares among its models.
///
/// An engine without one has its own. Models that share a pool compute no more calls at once than it allows, however
/// many models there are.
public final class EnginePool: Sendable {
    /// Threads that share one call; if calls share them, as many as one call has while it is alone.
    public let threads: Int
    /// Calls that run at the same time; further ones wait.
    public let concurrentCalls: Int
    let lanes: LanePool
    let queue: CallQueue

    /// - Parameters:
    ///   - threads: that share one call, the calling thread included.
    ///   - sharesThreads: whether `threads` are those of all calls together: a call that is alone uses all of them, and
    ///     several divide them, which computes more calls in the same time.
    ///   - concurrentCalls: that run at the same time. `nil`: as many as the CPUs that this process may use allow at
    ///     `threads` each, or as many as there are threads if they are shared.
    ///   - queueLimit: asynchronous calls that may wait.
    ///   - preparedPlanCount: sets of input shapes, of all models together, whose working memory each concurrent call
    ///     keeps.
    ///   - workingMemoryBytes: how much working memory all calls keep together. A call whose shapes need more than one
    ///     call's share is refused with `limitExceeded`; memory of shapes that were not seen for longest is given back
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

    /// Lets calls within `body` have no more threads than if as many ran as the pool allows: to measure what calls cost
    /// under load.
    public func whileCrowded<Result>(_ body: () throws -> Result) rethrows -> Result { try lanes.whileCrowded(body) }

    /// Says how many calls follow one another without a pause, for those who queue calls themselves: a call that shares
    /// the threads does not spread over all of them for the moment between two others.
    public func expectCalls(_ count: Int) { lanes.expectCalls(count) }

    /// Changes how much working memory all calls keep together, in bytes: as `workingMemoryBytes` when the pool is made.
    public func setWorkingMemoryBytes(_ byteCount: Int) { lanes.setContextBytes(byteCount) }

    /// The memory that this process may take, in bytes: the smaller of the machine's and its control groups' limit.
    public static var availableMemoryBytes: Int { MemoryBudget.limit }

    /// The CPUs that this process may keep busy: the smaller of its affinity mask and its control groups' quota.
    public static var availableCPUs: Int { CPUBudget.available }
}
