internal import DeeperExecution
public import DeeperTensors

extension Engine {
    /// The time that one step of a plan took.
    public struct StepTime: Sendable {
        public let name: String
        public let operatorName: String
        public let lowering: String
        public let macCount: Int
        public let nanoseconds: UInt64
    }

    /// Runs the model once and times every step.
    public func profile(_ inputs: [String: Tensor]) throws -> [StepTime] {
        let plan = try plan(for: inputs)
        var nanoseconds = [UInt64](repeating: 0, count: plan.steps.count)
        _ = try perform(inputs, nanoseconds: &nanoseconds) {}
        return zip(plan.steps, nanoseconds).map { step, time in
            StepTime(
                name: step.name, operatorName: step.operatorName, lowering: step.kernel.report.lowering,
                macCount: step.macCount, nanoseconds: time)
        }
    }
}
