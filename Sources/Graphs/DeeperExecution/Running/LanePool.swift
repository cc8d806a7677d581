internal import DeeperTensors
internal import DeeperThreads

/// A bounded set of lanes: as many calls run at once, the others wait their turn.
public final class LanePool: @unchecked Sendable {
    private let monitor = Monitor()
    private var idle: [Lane]
    /// Calls that may run at once.
    public let laneCount: Int
    private let limit: MemoryLimit
    private let crowd: Crowd?

    /// - Parameters:
    ///   - lanes: calls that may run at once.
    ///   - threads: workers of each, the calling thread included.
    ///   - contexts: plans whose memory each keeps reserved.
    ///   - contextBytes: how much memory all of them keep together.
    ///   - sharesThreads: whether `threads` are those of all lanes together, instead of each.
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

    /// Changes how much memory all lanes keep together, in bytes.
    public func setContextBytes(_ byteCount: Int) { limit.byteCount = byteCount / laneCount }

    /// Gives back the memory that idle lanes keep for plans that nobody will use again; the others do so after their call.
    public func prune() { monitor.withLock { for lane in idle { lane.prune() } } }

    /// Lets calls within `body` have no more threads than if all lanes were busy.
    public func whileCrowded<Result>(_ body: () throws -> Result) rethrows -> Result {
        for _ in 1..<laneCount { crowd?.enter() }
        defer { for _ in 1..<laneCount { crowd?.leave() } }
        return try body()
    }

    /// Says how many calls follow one another without a pause: between two of them, the others do not spread over all
    /// threads.
    public func expectCalls(_ count: Int) { crowd?.expect(min(count, laneCount)) }

    /// Waits for a lane, blocking the calling thread, and gives it back afterwards. The lane last used is warmest.
    ///
    /// - Parameter stop: asked every few milliseconds of waiting; an error ends it.
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
