internal import DeeperExecution
public import DeeperKernels
public import DeeperTensors

extension Engine {
    /// What one step of a plan should execute and did.
    public struct StepCount: Sendable {
        public let name: String
        public let operatorName: String
        public let lowering: String
        /// Multiply-accumulates by the operators' formulas.
        public let macCount: Int
        /// Of these, what is computed directly.
        public let directMacs: Int
        /// Multiplications by the formula of Winograd's tiles, where the step uses them.
        public let winogradMultiplications: Int
        public let executed: ExecutedOperations

        /// Whether the kernels executed what the formulas say.
        public var isEqual: Bool {
            executed.formulaMacs == directMacs && executed.winogradMultiplications == winogradMultiplications
        }
    }

    /// Runs the model once and gives what every step executed, as counted by its kernels.
    ///
    /// - Throws: `invalidInput` unless the options ask for counting; what a run throws.
    public func countOperations(_ inputs: [String: Tensor]) throws -> [StepCount] {
        guard options.countsOperations else {
            throw DeeperError(.invalidInput, "the engine was made without the option countsOperations")
        }
        let plan = try plan(for: inputs)
        for step in plan.steps { _ = executed(step) }
        _ = try run(inputs)
        return plan.steps.map { step in
            let winograd = step.kernel.parts.compactMap { $0 as? WinogradConvolutionKernel }
            let replaced = winograd.reduce(0) { $0 + $1.shape.macCount * step.runCount }
            let multiplications = winograd.reduce(0) { $0 + $1.form.multiplicationCount(of: $1.shape) * step.runCount }
            return StepCount(
                name: step.name, operatorName: step.operatorName, lowering: step.kernel.report.lowering,
                macCount: step.macCount, directMacs: step.macCount - replaced,
                winogradMultiplications: multiplications, executed: executed(step))
        }
    }

    private func executed(_ step: Plan.Step) -> ExecutedOperations {
        step.kernel.parts.reduce(ExecutedOperations()) { sum, part in
            sum + ((part as? any MeteredKernel)?.meter?.take() ?? ExecutedOperations())
        }
    }
}
