#if CommandLine
/// Describes in sentences which steps of a profile lose the most time.
package struct CostExplanation {
    private let costs: [StepCost]
    private let peak: Double
    private let cores: Int
    private let largestCount = 10

    /// - Parameters:
    ///   - peak: the peak of one core's multiply-adds, in GFLOP/s.
    ///   - cores: the number of cores that share the work of a step.
    package init(_ costs: [StepCost], peak: Double, cores: Int) {
        self.costs = costs
        self.peak = peak * Double(cores)
        self.cores = cores
    }

    package var text: String { (copies + products).joined(separator: "\n") }

    private var total: Double { costs.reduce(0) { $0 + $1.milliseconds } }

    private func share(_ milliseconds: Double) -> String { "\(fixed(milliseconds / total * 100, 1)) %" }

    /// Sentences about steps that only move or combine their operands.
    private var copies: [String] {
        let ratio = fixed(StepCost.largestRatio, 1)
        let judged = costs.filter { $0.copyRatio != nil }
        let slow = judged.filter { $0.excess > 0 }.sorted { $0.excess > $1.excess }
        var lines: [String] = []
        if judged.isEmpty {
            lines.append("No step is judged by the time of copying its operands.")
        } else if slow.isEmpty {
            lines.append(
                "No step takes more than \(ratio) times as long as copying its operands, of \(judged.count) judged.")
        } else {
            lines.append(
                "Steps that take more than \(ratio) times as long as copying their operands: \(slow.count) of "
                    + "\(judged.count) judged. Those that lose most come first.")
            lines += slow.prefix(largestCount).map { step in
                "- \(step.title) takes \(fixed(step.milliseconds, 3)) ms, \(fixed(step.copyRatio ?? 0, 2)) times the "
                    + "\(fixed(step.copyMilliseconds ?? 0, 3)) ms of copying, and \(share(step.milliseconds)) of the "
                    + "run."
            }
            if slow.count > largestCount { lines.append("- \(slow.count - largestCount) more lose less each.") }
            let sum = slow.reduce(0) { $0 + $1.excess }
            lines.append(
                "If each took \(ratio) times its copy, the run would take \(fixed(sum, 3)) ms less, \(share(sum)).")
        }
        let short = costs.filter { $0.copyMilliseconds != nil && $0.copyRatio == nil }
        if !short.isEmpty {
            let sum = short.reduce(0) { $0 + $1.milliseconds }
            lines.append(
                "Not judged because they take less than \(fixed(StepCost.leastJudgedMilliseconds, 3)) ms each: "
                    + "\(short.count), together \(fixed(sum, 3)) ms.")
        }
        return lines
    }

    /// Sentences about steps that multiply.
    private var products: [String] {
        func loss(_ step: StepCost) -> Double { step.milliseconds - milliseconds(atPeak: step) }
        let slow = costs.filter { $0.macs > 0 && loss($0) > 0 }.sorted { loss($0) > loss($1) }
        guard !slow.isEmpty else { return [] }
        let unit = cores == 1 ? "one core" : "\(cores) cores"
        return ["Steps that lose most against the peak of \(unit), \(fixed(peak, 1)) GFLOP/s:"]
            + slow.prefix(3).map { step in
                "- \(step.title) takes \(fixed(step.milliseconds, 3)) ms, \(share(step.milliseconds)) of the run, at "
                    + "\(fixed(milliseconds(atPeak: step) / step.milliseconds * 100, 1)) % of the peak; "
                    + "at the peak it would take \(fixed(loss(step), 3)) ms less."
            }
    }

    private func milliseconds(atPeak step: StepCost) -> Double { Double(step.macs) * 2 / peak / 1e6 }
}
#endif
