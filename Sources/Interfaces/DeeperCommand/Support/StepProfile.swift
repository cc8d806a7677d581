#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperKernels
import DeeperTensors

/// The times of a plan's steps over several runs, with the times of copying as many bytes as they move.
struct StepProfile {
    let rows: [Row]

    /// - Parameter runs: at least 1.
    init(_ engine: Engine, _ inputs: [String: Tensor], runs count: Int) throws {
        let runs = try engine.profile(inputs, withCopies: count)
        rows = runs[0].indices.map { index in
            let step = runs[0][index]
            let times = runs.map { Double($0[index].nanoseconds) / 1e6 }.sorted()
            let copies = runs.compactMap { $0[index].copyNanoseconds.map { Double($0) / 1e6 } }
            return Row(
                cost: StepCost(
                    name: step.name, operatorName: step.operatorName, lowering: step.lowering,
                    inputs: step.inputTypes.map(\.shape.dimensions), outputs: step.outputTypes.map(\.shape.dimensions),
                    macs: step.macCount, movedBytes: step.movedByteCount, milliseconds: times[0],
                    copyMilliseconds: copies.min()),
                median: quantile(times, 0.5))
        }
    }

    var table: String {
        var table = TextTable(
            "step", "?operator", "lowering", ">min ms", ">median ms", ">%", ">GFLOP/s", "?>x copy")
        let total = rows.reduce(0) { $0 + $1.median }
        for row in rows {
            let cost = row.cost
            table.add(
                cost.name, cost.operatorName, cost.lowering, fixed(cost.milliseconds, 3), fixed(row.median, 3),
                fixed(row.median / total * 100, 1),
                cost.macs == 0 ? "" : fixed(Double(cost.macs) * 2 / row.median / 1e6, 1),
                cost.copyRatio.map { fixed($0, 2) } ?? "")
        }
        table.add(
            "total", "", "", fixed(rows.reduce(0) { $0 + $1.cost.milliseconds }, 3), fixed(total, 3), "", "", "")
        return table.text
    }

    /// Describes which steps lose most time. Measures the peak of a core.
    func explanation(_ options: EngineOptions) -> String {
        let core = CoreRate(options.instructionSet ?? .best)
        let peak = (0..<10).map { _ in core.multiplyAddsPerNanosecond(budget: 2_000_000) }.max() ?? 0
        return CostExplanation(
            rows.map(\.cost), peak: 2 * peak, cores: max(1, min(options.threads, CPUs.available))
        ).text
    }

    struct Row: Encodable {
        let cost: StepCost
        /// The median of all runs, in milliseconds.
        let median: Double

        enum CodingKeys: String, CodingKey {
            case name, lowering, macs
            case operatorName = "operator"
            case minimum = "min_ms"
            case median = "median_ms"
            case movedBytes = "moved_bytes"
            case copy = "copy_ms"
            case ratio = "copy_ratio"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(cost.name, forKey: .name)
            try container.encode(cost.operatorName, forKey: .operatorName)
            try container.encode(cost.lowering, forKey: .lowering)
            try container.encode(cost.macs, forKey: .macs)
            try container.encode(cost.milliseconds, forKey: .minimum)
            try container.encode(median, forKey: .median)
            try container.encode(cost.movedBytes, forKey: .movedBytes)
            // Encoded as null if there is none, instead of left out.
            try container.encode(cost.copyMilliseconds, forKey: .copy)
            try container.encode(cost.copyRatio, forKey: .ratio)
        }
    }
}
#endif
