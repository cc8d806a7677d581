internal import DeeperExecution
public import DeeperKernels
public import DeeperTensors

extension Engine {
    /// The operations that one step of a plan should execute according to the operators' formulas, and those that it
    /// executed.
    public struct StepCount: Sendable {
        /// The name of the step: that of its node, or the names of the nodes that it combines.
        public let name: String
        /// The ONNX operator of the step's node; "layout" or "output" for a copy.
        public let operatorName: String
        /// How the step is computed, for example "1x1 GEMM" or "Winograd F(4x4,3x3)".
        public let lowering: String
        /// Multiply-accumulates according to the operators' formulas.
        public let macCount: Int
        /// The part of ``macCount`` that is computed directly.
        public let directMacs: Int
        /// Multiplications according to the formula for Winograd's tiles, where the step uses them.
        public let winogradMultiplications: Int
        /// The operations that the step's kernels counted while they ran.
        public let executed: ExecutedOperations

        /// Whether the kernels executed what the formulas say.
        public var isEqual: Bool {
            executed.formulaMacs == directMacs && executed.winogradMultiplications == winogradMultiplications
        }
    }

    /// Runs the model once and returns what every step executed, as counted by its kernels.
    ///
    /// - Throws: `invalidInput` unless the option ``EngineOptions/countsOperations`` is set; the errors of
    ///   ``runBlocking(_:)``.
    public func countOperations(_ inputs: [String: Tensor]) throws -> [StepCount] {
        guard options.countsOperations else {
            throw DeeperError(.invalidInput, "the engine was made without the option countsOperations")
        }
        let plan = try plan(for: inputs)
        for step in plan.steps { _ = executed(step) }
        _ = try runBlocking(inputs)
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
