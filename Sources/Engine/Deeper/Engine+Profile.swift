internal import DeeperExecution
internal import DeeperGraphs
public import DeeperTensors

extension Engine {
    /// The time that one step of a plan took, and what it moved.
    public struct StepTime: Sendable {
        public let name: String
        public let operatorName: String
        public let lowering: String
        public let macCount: Int
        public let nanoseconds: UInt64
        /// Types of the tensors that the step reads, without weights that were packed for it.
        public let inputTypes: [TensorType]
        public let outputTypes: [TensorType]
        /// Bytes that the step reads and writes: of its tensors as far as it touches them, of packed weights and of
        /// tables.
        public let movedByteCount: Int
        /// The time of a copy that moves as many bytes, on the same threads: it reads a half and writes a half. Nil for
        /// a step that multiplies and accumulates, and in a profile without copies.
        public let copyNanoseconds: UInt64?
    }

    /// Runs the model once and times every step.
    public func profile(_ inputs: [String: Tensor]) throws -> [StepTime] {
        let plan = try plan(for: inputs)
        let nanoseconds = try times(of: plan, inputs, copies: nil)
        return plan.steps.indices.map { StepTime(plan.steps[$0], nanoseconds: nanoseconds[$0], copyNanoseconds: nil) }
    }

    /// Times every step beside copies, in turns: a run of the model in which steps are timed, then one in which copies
    /// are.
    ///
    /// A copy takes place just before its step, reads the step's operands where they lie and writes to memory that is
    /// reserved for the profile, so it finds the caches as the step finds them in the run before. Other programs disturb
    /// single runs: take the least of several, both of steps and of copies.
    ///
    /// - Parameter runs: of each kind, at least 1.
    /// - Returns: the steps, for each pair of runs.
    /// - Throws: what ``run(_:)`` throws; `limitExceeded` if there is no memory for the copies.
    public func profile(_ inputs: [String: Tensor], besideCopies runs: Int) throws -> [[StepTime]] {
        let plan = try plan(for: inputs)
        let copies = try StepCopies(plan)
        // The first run gets the memory from the system.
        _ = try times(of: plan, inputs, copies: copies)
        return try (0..<max(1, runs)).map { _ in
            let steps = try times(of: plan, inputs, copies: nil)
            let copied = try times(of: plan, inputs, copies: copies)
            return plan.steps.indices.map { index in
                StepTime(
                    plan.steps[index], nanoseconds: steps[index],
                    copyNanoseconds: copies.hasCopy(ofStep: index) ? copied[index] : nil)
            }
        }
    }

    private func times(of plan: Plan, _ inputs: [String: Tensor], copies: StepCopies?) throws -> [UInt64] {
        var nanoseconds = [UInt64](repeating: 0, count: plan.steps.count)
        _ = try perform(inputs, nanoseconds: &nanoseconds, copies: copies) {}
        return nanoseconds
    }
}

extension Engine.StepTime {
    fileprivate init(_ step: Plan.Step, nanoseconds: UInt64, copyNanoseconds: UInt64?) {
        self.init(
            name: step.name, operatorName: step.operatorName, lowering: step.kernel.report.lowering,
            macCount: step.macCount, nanoseconds: nanoseconds,
            inputTypes: step.operands.filter(\.isRead).map(\.descriptor.type),
            outputTypes: step.operands.filter(\.isWritten).map(\.descriptor.type),
            movedByteCount: saturatingProduct(step.movedByteCount, step.runCount), copyNanoseconds: copyNanoseconds)
    }
}
