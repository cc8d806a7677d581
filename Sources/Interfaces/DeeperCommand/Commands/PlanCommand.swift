#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperExecution
import DeeperPasses
import DeeperTensors

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show how a model is prepared: lowering, provider and memory of every step.")

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @OptionGroup var shape: ShapeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Also list the rewrites made by the simplification.")
    var passes = false

    @Flag(help: "Also explain the choice of method for each convolution: the estimated cost of each method.")
    var why = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var table: TableOptions

    func run() throws {
        let engine = try engine.engine(try weights.model(model, for: .measurements))
        let plan = try engine.plan(for: try shape.inputs(of: engine.model))
        let rows = plan.steps.enumerated().map { index, step in
            Row(
                stage: plan.stages.firstIndex { $0.contains(index) } ?? 0, name: step.name,
                operatorName: step.operatorName, output: step.outputType.shape.dimensions,
                lowering: step.kernel.report.lowering, provider: step.kernel.report.provider,
                reason: step.kernel.report.reason,
                tiles: step.kernel.tileCount, runs: step.runCount,
                scratchBytes: step.kernel.scratchByteCount, weightBytes: step.kernel.report.preparedByteCount,
                macs: step.macCount)
        }
        let total = Totals(
            steps: rows.count, stages: plan.stages.count, arenaBytes: plan.arenaByteCount,
            scratchBytes: plan.memoryByteCount(workers: engine.options.threads) - plan.arenaByteCount,
            weightBytes: plan.weightByteCount,
            macs: plan.macCount)
        if json { return try Console.printJSON(Report(model: model, batch: shape.batch, steps: rows, total: total)) }
        if passes {
            for report in engine.passReports {
                Console.print("\(report.pass): \(report.rewrites.count)")
                for rewrite in report.rewrites { Console.print("  \(rewrite)") }
            }
        }
        Console.print(table.text(table.wide ? wideTable(rows) : narrowTable(rows)))
        if why {
            var reasons = TextTable("step", "lowering", "why")
            for row in rows where row.reason != nil { reasons.add(row.name, row.lowering, row.reason ?? "") }
            Console.print(table.text(reasons))
        }
        if let portions = plan.portions {
            Console.print(
                """
                the batch is cut into \(portions.count) portions: the first \(portions.stageCount) stages run once for \
                each portion, and their outputs and tiles are those of one portion
                """)
        }
        let threads = engine.options.threads == 1 ? "1 thread" : "\(engine.options.threads) threads"
        Console.print(
            """
            \(total.steps) steps in \(total.stages) stages, \(total.macs.grouped) MACs
            arena \(total.arenaBytes.bytes), scratch \(total.scratchBytes.bytes) \
            (\(threads)), weights \(total.weightBytes.bytes)
            """)
    }

    private func narrowTable(_ rows: [Row]) -> TextTable {
        var result = TextTable("step", "operator", "output", "lowering", ">weights", ">MACs")
        for row in rows {
            result.add(
                row.name, row.operatorName, row.output.map(String.init).joined(separator: "x"), row.lowering,
                row.weightBytes == 0 ? "" : row.weightBytes.bytes, table.count(row.macs))
        }
        return result
    }

    private func wideTable(_ rows: [Row]) -> TextTable {
        var result = TextTable(
            ">stage", "step", "operator", "output", "lowering", "provider", ">tiles", ">scratch B", ">weights B",
            ">MACs")
        for row in rows {
            result.add(
                String(row.stage), row.name, row.operatorName, row.output.map(String.init).joined(separator: " x "),
                row.lowering,
                row.provider ?? "", row.runs > 1 ? "\(row.tiles) x \(row.runs)" : String(row.tiles),
                row.scratchBytes.grouped, row.weightBytes.grouped, table.count(row.macs))
        }
        return result
    }

    private struct Row: Encodable {
        let stage: Int
        let name: String
        let operatorName: String
        let output: [Int]
        let lowering: String
        let provider: String?
        let reason: String?
        let tiles: Int
        /// How often one run of the plan runs the step: once per portion of the batch; `output` is that of one portion.
        let runs: Int
        let scratchBytes: Int
        let weightBytes: Int
        let macs: Int

        enum CodingKeys: String, CodingKey {
            case stage, name, output, lowering, provider, reason, tiles, runs, macs
            case operatorName = "operator"
            case scratchBytes = "scratch_bytes"
            case weightBytes = "weight_bytes"
        }
    }

    private struct Totals: Encodable {
        let steps: Int
        let stages: Int
        let arenaBytes: Int
        let scratchBytes: Int
        let weightBytes: Int
        let macs: Int

        enum CodingKeys: String, CodingKey {
            case steps, stages, macs
            case arenaBytes = "arena_bytes"
            case scratchBytes = "scratch_bytes"
            case weightBytes = "weight_bytes"
        }
    }

    private struct Report: Encodable {
        let model: String
        let batch: Int
        let steps: [Row]
        let total: Totals
    }
}
#endif
