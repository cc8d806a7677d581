#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperKernels
import DeeperTensors
import FoundationEssentials

struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Measure every method of computing a model's convolutions and store the fastest in a file.",
        discussion: """
            Other commands read the file with --plan. It applies to every model with the same geometries, on the same \
            instruction set; for convolutions that it does not list, the method is chosen by estimation. Where another \
            method is chosen, answers keep their accuracy but not their last bits.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The file to write.")
    var output: String

    @Option(help: "Rounds; each runs the model with every method.")
    var rounds: Int = 20

    @OptionGroup var shape: ShapeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var table: TableOptions

    func validate() throws {
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds must be 1 to 10000") }
        guard engine.plan == nil else { throw ValidationError("--plan is what this command writes") }
    }

    func run() throws {
        let model = try weights.model(self.model, for: .measurements)
        let (options, inputs) = (try engine.options(), try shape.inputs(of: model))
        var progress: ProgressBar?
        let tuning = try Engine.tune(model, options: options, for: inputs, rounds: rounds) { step in
            if progress == nil { progress = ProgressBar(total: step.totalRuns) }
            progress?.update(step.finishedRuns, step.method)
        }
        progress?.finish()
        try tuning.write(to: URL(fileURLWithPath: output))
        var tuned = options
        tuned.tuning = tuning
        let gain = TuningGain(
            try NetworkTiming(Engine(model, options: options), rounds: rounds, inputs: inputs).compare(
                Engine(model, options: tuned)))
        let rows = tuning.entries.sorted { $0.key.description < $1.key.description }.map { geometry, entry in
            Row(geometry: geometry.description, method: entry.method.name, microseconds: entry.microsecondsByName)
        }
        if json {
            return try Console.printJSON(
                Report(
                    model: self.model, output: output, batch: shape.batch,
                    instructionSet: tuning.instructionSet.rawValue, gain: gain, convolutions: rows))
        }
        Console.print(table.text(table.wide ? wideTable(rows) : narrowTable(rows)))
        Console.print("\(output): \(rows.count) convolutions for \(tuning.instructionSet.rawValue)")
        Console.say(gain.text)
    }

    private func narrowTable(_ rows: [Row]) -> TextTable {
        var result = TextTable("convolution", "chosen", ">microseconds", ">next best")
        for row in rows {
            let others = row.microseconds.filter { $0.key != row.method }.values
            result.add(
                row.geometry, row.method, row.microseconds[row.method].map { fixed($0, 1) } ?? "",
                others.min().map { fixed($0, 1) } ?? "")
        }
        return result
    }

    private func wideTable(_ rows: [Row]) -> TextTable {
        var result = TextTable("convolution", "chosen", "microseconds")
        for row in rows {
            let times = ConvolutionMethod.all.compactMap { method in
                row.microseconds[method.name].map { "\(method.name) \(fixed($0, 1))" }
            }
            result.add(row.geometry, row.method, times.joined(separator: ", "))
        }
        return result
    }

    private struct Row: Encodable {
        let geometry: String
        let method: String
        let microseconds: [String: Double]
    }

    private struct Report: Encodable {
        let model: String
        let output: String
        let batch: Int
        let instructionSet: String
        let gain: TuningGain
        let convolutions: [Row]

        enum CodingKeys: String, CodingKey {
            case model, output, batch, gain, convolutions
            case instructionSet = "isa"
        }
    }
}
#endif
