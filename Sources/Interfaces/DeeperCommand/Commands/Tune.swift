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
        abstract: "Measure every way to compute a model's convolutions and keep the fastest in a file.",
        discussion: """
            Other commands read the file by --plan. It serves every model with the same geometries, on the same \
            instruction set; convolutions that it does not name are computed as estimated. Answers keep their accuracy, \
            but not their last bits, where another way is chosen.
            """)

    @Argument(help: "An ONNX file or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The file to write.")
    var output: String

    @Option(help: "Rounds; each runs the model in every way.")
    var rounds: Int = 20

    @OptionGroup var shape: ShapeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds must be 1 to 10000") }
        guard engine.plan == nil else { throw ValidationError("--plan is what this command makes") }
    }

    func run() throws {
        let model = try weights.model(self.model, for: .measurements)
        var progress: ProgressBar?
        let tuning = try Engine.tune(
            model, options: try engine.options(), for: try shape.inputs(of: model), rounds: rounds
        ) { done, total in
            if progress == nil { progress = ProgressBar(total: total) }
            progress?.update(done)
        }
        progress?.finish()
        try tuning.write(to: URL(fileURLWithPath: output))
        let rows = tuning.entries.sorted { $0.key.description < $1.key.description }.map { geometry, entry in
            Row(geometry: geometry.description, method: entry.method.name, microseconds: entry.microsecondsByName)
        }
        if json {
            return try Console.printJSON(
                Report(
                    model: self.model, output: output, batch: shape.batch,
                    instructionSet: tuning.instructionSet.rawValue,
                    convolutions: rows))
        }
        var table = TextTable("convolution", "fastest", "microseconds")
        for row in rows {
            let times = ConvolutionMethod.all.compactMap { method in
                row.microseconds[method.name].map { "\(method.name) \(fixed($0, 0))" }
            }
            table.add(row.geometry, row.method, times.joined(separator: ", "))
        }
        Console.print(table.text)
        Console.print("\(output): \(rows.count) convolutions for \(tuning.instructionSet.rawValue)")
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
        let convolutions: [Row]

        enum CodingKeys: String, CodingKey {
            case model, output, batch, convolutions
            case instructionSet = "isa"
        }
    }
}
#endif
