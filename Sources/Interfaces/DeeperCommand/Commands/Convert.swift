#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperGraphs
import DeeperTensors
import DeeperZoo

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model as an ONNX file.",
        discussion: """
            Writes the network as it was read or built, with every weight inside the file; useful for built-in \
            networks and for models with external data. Compiled files are refused because they contain only packed \
            weights. Labels and preprocessing, the model's own or those of the options below, are written into the \
            file. The file appears once it is complete; until then an older one stays in place.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The file to write.")
    var output: String

    @Option(help: "Height and width of a built-in network's pictures (default: its usual ones).")
    var size: Int?

    @OptionGroup var classifier: ClassifierOptions
    @OptionGroup var weights: WeightOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...65_536).contains(size ?? 1) else { throw ValidationError("--size must be 1 to 65536") }
    }

    func run() throws {
        guard size == nil || ModelZoo.names.contains(model) || WeightOptions.builtinPrecision(model) != nil else {
            throw ValidationError("--size is for built-in networks; a file's network keeps its size")
        }
        var network = try weights.model(model, for: .answers, extent: size)
        try classifier.apply(to: &network)
        try network.write(to: output)
        let graph = network.graph
        let parameters = graph.constants.values.reduce(0) { $0 + $1.shape.elementCount }
        let report = Report(
            model: model, output: output, nodes: graph.nodes.count, parameters: parameters,
            bytes: try fileByteCount(output))
        if json { return try Console.printJSON(report) }
        Console.print(
            "\(output): \(report.nodes) nodes, \(parameters.grouped) numbers, \(report.bytes.bytes)")
    }

    private struct Report: Encodable {
        let model: String
        let output: String
        let nodes: Int
        let parameters: Int
        let bytes: Int
    }
}
#endif
