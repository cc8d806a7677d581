internal import DeeperGraphs
public import DeeperTensors

/// Runs plans, one call at a time: it has a team of workers, an arena that is large enough for each of its plans, and a
/// context for each plan that it has run.
///
/// Plans share the arena because they run one after the other: a network that is run at many sizes takes only the
/// memory of the largest. For concurrent calls, use a ``LanePool``.
public final class Lane: @unchecked Sendable {
    private let team: WorkerTeam
    private let largestContextCount: Int
    private let limit: MemoryLimit
    // Only the current user of the lane touches these. The most recently used comes last.
    private var contexts: [ExecutionContext] = []
    private var arena: AlignedStorage?

    /// - Parameters:
    ///   - threads: the number of workers, the calling thread included.
    ///   - contexts: how many plans stay bound to the arena between runs.
    public convenience init(threads: Int, contexts: Int) {
        self.init(threads: threads, contexts: contexts, limit: MemoryLimit(.max), crowd: nil)
    }

    /// - Parameters:
    ///   - crowd: the calls that the lane shares threads with; nil: the lane always uses all of its threads.
    ///   - limit: how much memory the arena and the results kept by contexts may take together.
    init(threads: Int, contexts: Int, limit: MemoryLimit, crowd: Crowd?) {
        self.team = WorkerTeam(size: threads, crowd: crowd)
        self.largestContextCount = max(1, contexts)
        self.limit = limit
    }

    /// Runs a plan on row-major tensors of its input types into tensors of its output types.
    ///
    /// - Parameters:
    ///   - states: the memories that outlive the run, as many as the plan was made with.
    ///   - poisonsMemory: whether the memory of values and outputs is filled with NaN before the run, so that elements
    ///     that no step wrote show in the results.
    ///   - stop: called between stages; an error that it throws ends the run.
    ///   - nanoseconds: empty, or one element per step of the plan; receives the time of each step.
    ///   - copies: the copies of this plan, to be timed instead of its steps: `nanoseconds` receives the time of each
    ///     step's copy, 0 for a step without one.
    /// - Throws: `invalidInput` if a kernel meets values it cannot compute with; `limitExceeded` if the plan needs more
    ///   memory than the lane may keep; the error that `stop` throws.
    public func run(
        _ plan: Plan, inputs: [Tensor], outputs: inout [Tensor], states: [FloatMemory] = [],
        poisonsMemory: Bool = Lane.poisonsMemoryByDefault, stop: () throws -> Void, nanoseconds: inout [UInt64],
        copies: StepCopies? = nil
    ) throws {
        precondition(copies == nil || copies?.stepCount == plan.steps.count)
        precondition(states.count == plan.stateCount)
        precondition(inputs.count == plan.inputs.count && outputs.count == plan.outputs.count)
        let context = try context(for: plan)
        // The table holds only addresses, so the inputs must outlive the run.
        try withExtendedLifetime((inputs, states)) {
            try context.run(
                inputs: inputs, outputs: &outputs, states: states, team: team, poisonsMemory: poisonsMemory,
                stop: stop, nanoseconds: &nanoseconds, copies: copies)
        }
    }

    /// True in debug builds, and in builds with `-D POISONED_MEMORY`, which is for tests of optimised code.
    public static var poisonsMemoryByDefault: Bool {
        #if DEBUG || POISONED_MEMORY
        true
        #else
        false
        #endif
    }

    /// The size of the arena in bytes.
    var reservedByteCount: Int { arena?.byteCount ?? 0 }

    /// Releases the memory of retired plans, unless other plans need most of it as well.
    func prune() {
        contexts.removeAll { $0.plan.isRetired }
        guard let arena else { return }
        let needed = contexts.lazy.map(\.memoryByteCount).max() ?? 0
        if needed <= arena.byteCount / 2 { release() }
    }

    private func release() {
        contexts = []
        arena = nil
    }

    private func context(for plan: Plan) throws -> ExecutionContext {
        if let index = contexts.firstIndex(where: { $0.plan === plan }) {
            if index != contexts.count - 1 { contexts.append(contexts.remove(at: index)) }
            return contexts[contexts.count - 1]
        }
        let needed = plan.memoryByteCount(workers: team.size)
        // A context keeps the outputs that the caller has released and uses them for the results of the next run.
        let byteCount = saturatingSum([needed, plan.outputByteCount])
        let largestByteCount = limit.byteCount
        guard byteCount <= largestByteCount else {
            throw DeeperError(
                .limitExceeded,
                "these shapes take \(byteCount) bytes of working memory, more than the \(largestByteCount) allowed")
        }
        if let held = arena?.byteCount, held < needed || held > largestByteCount - plan.outputByteCount { release() }
        let arena = try self.arena ?? AlignedStorage(byteCount: needed)
        self.arena = arena
        var held = contexts.reduce(arena.byteCount) { saturatingSum([$0, $1.plan.outputByteCount]) }
        while !contexts.isEmpty,
            contexts.count >= largestContextCount || held > largestByteCount - plan.outputByteCount
        {
            held -= contexts.removeFirst().plan.outputByteCount
        }
        let fresh = try ExecutionContext(plan: plan, workers: team.size, arena: arena)
        contexts.append(fresh)
        return fresh
    }
}
