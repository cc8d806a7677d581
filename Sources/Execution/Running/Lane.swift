public import Tensors

/// One call at a time: a team of workers and, for each plan it has run, a context.
public final class Lane: @unchecked Sendable {
    private let team: WorkerTeam
    private let largestContextCount: Int
    // Most recently used last. Only the lane's holder touches it.
    private var contexts: [ExecutionContext] = []

    /// - Parameters:
    ///   - threads: workers, the calling thread included.
    ///   - contexts: how many plans keep their memory reserved.
    public init(threads: Int, contexts: Int) {
        self.team = WorkerTeam(size: threads)
        self.largestContextCount = max(1, contexts)
    }

    /// Runs a plan on row-major tensors of its input types into tensors of its output types.
    ///
    /// - Parameters:
    ///   - stop: asked between steps; an error ends the run.
    ///   - nanoseconds: if not empty, as long as the plan has steps; receives the time of each.
    /// - Throws: `invalidInput` if a kernel meets values it cannot compute with; what `stop` throws.
    public func run(
        _ plan: Plan, inputs: [Tensor], outputs: inout [Tensor], stop: () throws -> Void,
        nanoseconds: inout [UInt64]
    ) throws {
        precondition(inputs.count == plan.inputs.count && outputs.count == plan.outputs.count)
        let context = try context(for: plan)
        try withAddresses(inputs, &outputs) { sources, targets in
            if nanoseconds.isEmpty {
                try context.run(inputs: sources, outputs: targets, team: team, stop: stop)
            } else {
                try nanoseconds.withUnsafeMutableBufferPointer {
                    try context.run(inputs: sources, outputs: targets, team: team, stop: stop, nanoseconds: $0)
                }
            }
        }
    }

    private func context(for plan: Plan) throws -> ExecutionContext {
        if let index = contexts.firstIndex(where: { $0.plan === plan }) {
            if index != contexts.count - 1 { contexts.append(contexts.remove(at: index)) }
            return contexts[contexts.count - 1]
        }
        if contexts.count >= largestContextCount { contexts.removeFirst() }
        let fresh = try ExecutionContext(plan: plan, workers: team.size)
        contexts.append(fresh)
        return fresh
    }

    private func withAddresses(
        _ inputs: [Tensor], _ outputs: inout [Tensor],
        _ body: (UnsafeBufferPointer<UnsafeRawPointer>, UnsafeBufferPointer<UnsafeMutableRawPointer>) throws -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: inputs.count) { sources in
            try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: outputs.count) { targets in
                for (index, input) in inputs.enumerated() {
                    // The caller holds the tensors for the whole call, so their memory stays.
                    sources.initializeElement(at: index, to: input.withUnsafeBytes { $0.baseAddress! })
                }
                for index in outputs.indices {
                    targets.initializeElement(
                        at: index, to: try outputs[index].withUnsafeMutableBytes { $0.baseAddress! })
                }
                try withExtendedLifetime(inputs) {
                    try body(UnsafeBufferPointer(sources), UnsafeBufferPointer(targets))
                }
            }
        }
    }
}
