internal import DeeperGraphs
public import DeeperTensors

/// One call at a time: a team of workers, an arena as large as any of its plans needs, and a context for each plan it has
/// run.
///
/// Plans share the arena because they run one after the other: a network that is run at many sizes takes the memory of the
/// largest.
public final class Lane: @unchecked Sendable {
    private let team: WorkerTeam
    private let largestContextCount: Int
    private let limit: MemoryLimit
    // Only the lane's holder touches these. Most recently used last.
    private var contexts: [ExecutionContext] = []
    private var arena: AlignedStorage?

    /// - Parameters:
    ///   - threads: workers, the calling thread included.
    ///   - contexts: how many plans may run without being bound to the arena anew.
    public convenience init(threads: Int, contexts: Int) {
        self.init(threads: threads, contexts: contexts, limit: MemoryLimit(.max), crowd: nil)
    }

    /// - Parameters:
    ///   - crowd: of which the lane is one; nil: it uses all of its threads always.
    ///   - limit: how much memory the arena and the results that contexts keep may take together.
    init(threads: Int, contexts: Int, limit: MemoryLimit, crowd: Crowd?) {
        self.team = WorkerTeam(size: threads, crowd: crowd)
        self.largestContextCount = max(1, contexts)
        self.limit = limit
    }

    /// Runs a plan on row-major tensors of its input types into tensors of its output types.
    ///
    /// - Parameters:
    ///   - states: memories that outlive the run, as many as the plan was made with.
    ///   - poisonsMemory: whether the memory of values and outputs is filled with NaN before, so that what no step
    ///     wrote shows in the results.
    ///   - stop: asked between stages; an error ends the run.
    ///   - nanoseconds: if not empty, as long as the plan has steps; receives the time of each.
    ///   - copies: if given, of this plan; `nanoseconds` receives their times instead of the steps', 0 for a step
    ///     without one.
    /// - Throws: `invalidInput` if a kernel meets values it cannot compute with; `limitExceeded` if the plan needs more
    ///   memory than the lane may keep; what `stop` throws.
    public func run(
        _ plan: Plan, inputs: [Tensor], outputs: inout [Tensor], states: [FloatMemory] = [],
        poisonsMemory: Bool = Lane.poisonsMemoryByDefault, stop: () throws -> Void, nanoseconds: inout [UInt64],
        copies: StepCopies? = nil
    ) throws {
        precondition(copies == nil || copies?.stepCount == plan.steps.count)
        precondition(states.count == plan.stateCount)
        precondition(inputs.count == plan.inputs.count && outputs.count == plan.outputs.count)
        let context = try context(for: plan)
        // The table holds addresses only, so the inputs must outlive the run.
        try withExtendedLifetime((inputs, states)) {
            try context.run(
                inputs: inputs, outputs: &outputs, states: states, team: team, poisonsMemory: poisonsMemory,
                stop: stop, nanoseconds: &nanoseconds, copies: copies)
        }
    }

    /// True in debug builds and where the compiler is told `-D POISONED_MEMORY`, as for tests of optimised code.
    public static var poisonsMemoryByDefault: Bool {
        #if DEBUG || POISONED_MEMORY
        true
        #else
        false
        #endif
    }

    /// Bytes of the arena.
    var reservedByteCount: Int { arena?.byteCount ?? 0 }

    /// Gives back the memory of plans that nobody will use again, unless others use most of it too.
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
        // What the caller lets go of is kept for the results of the next run.
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
