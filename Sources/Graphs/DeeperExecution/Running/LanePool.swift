internal import DeeperTensors
internal import DeeperThreads

/// A bounded set of lanes for concurrent calls: as many calls run at once as there are lanes, and further calls wait.
public final class LanePool: @unchecked Sendable {
    private let monitor = Monitor()
    private var idle: [Lane]
    /// The number of calls that may run at once.
    public let laneCount: Int
    private let limit: MemoryLimit
    private let crowd: Crowd?

    /// - Parameters:
    ///   - lanes: the number of calls that may run at once.
    ///   - threads: the number of workers of each lane, the calling thread included.
    ///   - contexts: the number of plans for which each lane keeps memory reserved.
    ///   - contextBytes: how many bytes of memory all lanes keep together.
    ///   - sharesThreads: whether `threads` is the number for all lanes together, instead of for each.
    public init(lanes: Int, threads: Int, contexts: Int, contextBytes: Int = .max, sharesThreads: Bool = false) {
        let count = max(1, lanes)
        self.laneCount = count
        let limit = MemoryLimit(contextBytes / count)
        self.limit = limit
        let crowd = sharesThreads && count > 1 ? Crowd(threads: threads) : nil
        self.crowd = crowd
        self.idle = (0..<count).map { _ in
            Lane(threads: threads, contexts: contexts, limit: limit, crowd: crowd)
        }
    }

    /// Changes how many bytes of memory all lanes keep together.
    public func setContextBytes(_ byteCount: Int) { limit.byteCount = byteCount / laneCount }

    /// Releases the memory that idle lanes keep for retired plans; busy lanes do so after their call.
    public func prune() { monitor.withLock { for lane in idle { lane.prune() } } }

    /// Runs `body`; calls within it get no more threads than they would if all lanes were busy.
    public func whileCrowded<Result>(_ body: () throws -> Result) rethrows -> Result {
        for _ in 1..<laneCount { crowd?.enter() }
        defer { for _ in 1..<laneCount { crowd?.leave() } }
        return try body()
    }

    /// Announces how many concurrent callers make one call after another without a pause. In the short time between two
    /// calls of one caller, the others then do not spread over all threads.
    public func expectCalls(_ count: Int) { crowd?.expect(min(count, laneCount)) }

    /// Runs `body` with a lane, waiting for a free one if necessary, which blocks the calling thread. The most recently
    /// used lane is taken first: its caches are warmest.
    ///
    /// - Parameter stop: called every few milliseconds during the wait; an error that it throws ends the wait.
    public func withLane<Result>(stop: () throws -> Void, _ body: (Lane) throws -> Result) throws -> Result {
        let lane = try monitor.withLock {
            while idle.isEmpty {
                try stop()
                monitor.wait(milliseconds: 10)
            }
            return idle.removeLast()
        }
        crowd?.enter()
        defer {
            crowd?.leave()
            lane.prune()
            monitor.withLock {
                idle.append(lane)
                monitor.broadcast()
            }
        }
        return try body(lane)
    }
}
