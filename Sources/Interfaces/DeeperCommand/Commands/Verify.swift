#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperTensors

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare the plans of a model, as read and as simplified, with a node-by-node run.",
        discussion:
            """
            Prints the largest difference of each output, over both plans. The plans run in memory full of NaN, so \
            that a value that was never computed is noticed. Exits with code 70 if a difference exceeds the tolerance.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: .customLong("input"), help: "NAME=FILE for each input (default: seeded random numbers).")
    var inputs: [String] = []

    @Option(help: "The largest difference allowed, relative to the output's largest value (at least 1).")
    var tolerance: Double = 1e-4

    @OptionGroup var shape: ShapeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard inputs.isEmpty || shape.isDefault else { throw ShapeOptions.conflictWithInputs }
    }

    func run() throws {
        if weights.isRandom(model) {
            Console.warn("note: \(model) has random weights of seed \(weights.seed); --weights gives others")
        }
        let model = try weights.model(model, for: .measurements)
        let tensors = inputs.isEmpty ? try shape.inputs(of: model) : try readInputs(inputs)
        let rows = try Engine.verify(model, inputs: tensors, options: try engine.options()).map { difference in
            Row(
                output: difference.output, largestDifference: difference.largestAbsolute,
                largestValue: difference.largestValue,
                passes: difference.largestAbsolute <= tolerance * max(1, difference.largestValue))
        }
        if json {
            try Console.printJSON(rows)
        } else {
            for row in rows {
                Console.print(
                    "\(row.output): largest difference \(row.largestDifference), largest value \(row.largestValue)"
                        + (row.passes ? "" : "  BEYOND TOLERANCE"))
            }
            let failed = rows.count { !$0.passes }
            Console.print(
                failed == 0
                    ? "verified: \(rows.count) outputs are within the tolerance of \(tolerance)"
                    : "not verified: \(failed) of \(rows.count) outputs are beyond the tolerance of \(tolerance)")
        }
        guard rows.allSatisfy(\.passes) else { throw ExitCode(70) }
    }

    private struct Row: Encodable {
        let output: String
        let largestDifference: Double
        let largestValue: Double
        let passes: Bool

        enum CodingKeys: String, CodingKey {
            case output, passes
            case largestDifference = "largest_difference"
            case largestValue = "largest_value"
        }
    }
}
#endif
