#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors
import FoundationEssentials

struct Compile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Write a model with its weights packed for this CPU, so that it loads without packing.",
        discussion: """
            Every command accepts the file in place of the model, for the same picture size and any batch, on CPUs \
            with the same instruction set, with the same --algorithm and version of deeper. Labels and preprocessing, \
            the model's own or those of the options below, are written into it.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The file to write.")
    var output: String

    @Option(help: "Height and width of pictures, if the model does not fix them (default: one that fits).")
    var size: Int?

    @OptionGroup var weights: WeightOptions
    @OptionGroup var shape: InputShapeOptions
    @OptionGroup var classifier: ClassifierOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...65_536).contains(size ?? 1) else { throw ValidationError("--size must be 1 to 65536") }
    }

    func run() throws {
        let start = ContinuousClock.now
        var network = try weights.model(model, for: .answers)
        let extent = try shape.applied(to: network).pictureExtent ?? size.map { Extent(width: $0, height: $0) }
        try classifier.apply(to: &network, extent: extent)
        let engine = try engine.engine(network)
        try engine.compile(for: try shape.applied(to: engine.model).seededInputs(extent: size), to: output)
        let size = try fileByteCount(output)
        let report = Report(
            model: model, output: output, bytes: size,
            instructionSet: (engine.options.instructionSet ?? .best).rawValue,
            milliseconds: milliseconds(ContinuousClock.now - start))
        if json { return try Console.printJSON(report) }
        Console.print(
            "\(output): \(size.bytes) for \(report.instructionSet), written in \(fixed(report.milliseconds, 0)) ms")
    }

    private struct Report: Encodable {
        let model: String
        let output: String
        let bytes: Int
        let instructionSet: String
        let milliseconds: Double

        enum CodingKeys: String, CodingKey {
            case model, output, bytes, milliseconds
            case instructionSet = "isa"
        }
    }
}
#endif
