internal import DeeperExecution
internal import DeeperGraphs
public import DeeperTensors

extension Engine {
    /// The time that one step of a plan took, and the bytes that it moved.
    public struct StepTime: Sendable {
        /// The name of the step: that of its node, or the names of the nodes that it combines.
        public let name: String
        /// The ONNX operator of the step's node; "layout" or "output" for a copy.
        public let operatorName: String
        /// How the step is computed, for example "1x1 GEMM" or "Winograd F(4x4,3x3)".
        public let lowering: String
        /// Multiply-accumulates according to the operators' formulas.
        public let macCount: Int
        /// The time from the start of the step to its end.
        public let nanoseconds: UInt64
        /// Types of the tensors that the step reads, except for weights that were packed for it.
        public let inputTypes: [TensorType]
        /// Types of the tensors that the step writes.
        public let outputTypes: [TensorType]
        /// Bytes that the step reads and writes: those parts of its tensors that it touches, packed weights and tables.
        public let movedByteCount: Int
        /// The time of a copy that moves the same number of bytes on the same threads, reading half of them and writing
        /// half. Nil for a step that multiplies and accumulates, and in a profile without copies.
        public let copyNanoseconds: UInt64?
    }

    /// Runs the model once and times every step.
    public func profile(_ inputs: [String: Tensor]) throws -> [StepTime] {
        let plan = try plan(for: inputs)
        let nanoseconds = try times(of: plan, inputs, copies: nil)
        return plan.steps.indices.map { StepTime(plan.steps[$0], nanoseconds: nanoseconds[$0], copyNanoseconds: nil) }
    }

    /// Times every step and, for comparison, a copy of as many bytes. Two kinds of runs alternate: in one the steps are
    /// timed, in the other the copies.
    ///
    /// A copy takes place just before its step, reads the step's operands in place and writes to memory that is
    /// reserved for the profile. It therefore finds the caches in the state in which the step finds them in the
    /// preceding run. Other programs disturb single runs: take the minimum of several runs, for steps and for copies.
    ///
    /// - Parameters:
    ///   - inputs: as for ``runBlocking(_:)``.
    ///   - runs: the number of runs of each kind, at least 1.
    /// - Returns: the steps, for each pair of runs.
    /// - Throws: the errors of ``runBlocking(_:)``; `limitExceeded` if there is no memory for the copies.
    public func profile(_ inputs: [String: Tensor], withCopies runs: Int) throws -> [[StepTime]] {
        let plan = try plan(for: inputs)
        let copies = try StepCopies(plan)
        // A first run that is not timed: in it, the system provides the memory.
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
