#if CommandLine
import ArgumentParser
import Graphs
import Imaging
import ModelImport
import Tensors
import Training

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a model for inference of a training's checkpoint.",
        discussion: """
            The first output alone: auxiliary heads and dropout go. An ONNX file is a whole model, batch normalisations \
            folded into their convolutions; a safetensors file has the weights alone, under the names that --weights of \
            a built-in network asks for.
            """)

    @Argument(help: "The checkpoint.safetensors of deeper train.")
    var checkpoint: String

    @Option(name: [.customShort("o"), .long], help: "The file to write: .onnx or .safetensors.")
    var output: String

    @Flag(help: "Take the weights of the last step, not their average over the last steps.")
    var last = false

    @Flag(help: "Round weights to float16 (safetensors only).")
    var half = false

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
        if output.hasSuffix(".onnx") {
            try ONNXModel.write(graph, to: output)
        } else {
            try SafetensorsFile.write(
                constants.map { (graph.name(of: $0.key), $0.value) },
                metadata: ["network": graph.name, "steps": String(source.stepCount)], halvesFloats: half, to: output)
        }
        let report = Report(
            checkpoint: checkpoint, output: output, step: source.stepCount, nodes: graph.nodes.count,
            parameters: constants.reduce(0) { $0 + $1.value.shape.elementCount }, bytes: try fileByteCount(output))
        if json { return try Console.printJSON(report) }
        Console.print(
            "\(output): step \(report.step), \(report.nodes) nodes, \(report.parameters.grouped) numbers, "
                + "\(report.bytes.grouped) B")
        Console.print("pictures: " + pictureOptions(source.configuration.normalization, graph))
    }

    /// What `deeper classify` and `deeper eval` must be told, for the model to see what it was trained on.
    private func pictureOptions(_ normalization: Normalization, _ graph: Graph) -> String {
        func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ",") }
        var resize = "none"
        if let extents = graph.inputs.first?.type.dimensions, extents.count == 4, case .fixed(let height) = extents[2],
            case .fixed(let width) = extents[3]
        {
            resize = "\(width)x\(height)"
        }
        return "--preset raw --resize \(resize) --order \(normalization.order.rawValue) --scale \(normalization.scale) "
            + "--mean \(list(normalization.mean)) --std \(list(normalization.std))"
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
