#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperGraphs
import DeeperImaging
import DeeperImport
import DeeperTensors
import DeeperTraining

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Turn a training checkpoint into a model for inference.",
        discussion: """
            Keeps only the first output; auxiliary heads and dropout are removed. An ONNX file is a complete model, \
            with batch normalisations folded into their convolutions; a safetensors file contains only the weights, \
            under the names that --weights of a built-in network expects. Both contain the names of the classes and \
            the preprocessing of the training, unless the options below replace them.
            """)

    @Argument(help: "The checkpoint.safetensors written by deeper train.")
    var checkpoint: String

    @Option(name: [.customShort("o"), .long], help: "The file to write: .onnx or .safetensors.")
    var output: String

    @Flag(help: "Use the weights of the last step, not their average over the last steps.")
    var last = false

    @Flag(help: "Round weights to float16 (safetensors only).")
    var half = false

    @OptionGroup var classifier: ClassifierOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard output.hasSuffix(".onnx") || output.hasSuffix(".safetensors") else {
            throw ValidationError("--output must end in .onnx or .safetensors")
        }
        guard !half || output.hasSuffix(".safetensors") else {
            throw ValidationError("--half goes with .safetensors only")
        }
    }

    func run() throws {
        let source = try Checkpoint(contentsOf: checkpoint)
        let graph = try source.inferenceGraph(isAveraged: !last, foldsNormalization: output.hasSuffix(".onnx"))
        let constants = graph.constants.sorted { graph.name(of: $0.key) < graph.name(of: $1.key) }
        var model = Model(graph: graph, labels: source.classNames)
        model.preprocessing = model.pictureExtent.map(source.configuration.normalization.preprocessing)
        try classifier.apply(to: &model)
        if output.hasSuffix(".onnx") {
            try model.write(to: output)
        } else {
            let texts = ["network": graph.name, "steps": String(source.stepCount)]
            try SafetensorsFile.write(
                constants.map { (graph.name(of: $0.key), $0.value) },
                metadata: texts.merging(try model.writtenMetadata()) { text, _ in text }, halvesFloats: half,
                to: output)
        }
        let report = Report(
            checkpoint: checkpoint, output: output, step: source.stepCount, nodes: graph.nodes.count,
            parameters: constants.reduce(0) { $0 + $1.value.shape.elementCount }, bytes: try fileByteCount(output))
        if json { return try Console.printJSON(report) }
        Console.print(
            "\(output): step \(report.step), \(report.nodes) nodes, \(report.parameters.grouped) numbers, "
                + "\(report.bytes.bytes)")
    }

    private struct Report: Encodable {
        let checkpoint: String
        let output: String
        let step: Int
        let nodes: Int
        let parameters: Int
        let bytes: Int
    }
}
#endif
