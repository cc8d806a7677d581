#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperGraphs
import DeeperTensors
import FoundationEssentials

struct ViewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        abstract: "Draw a model's graph as an SVG picture or an HTML page.",
        discussion: """
            Every node of the file is a box with its operator, name, attributes, output shape, multiply-accumulates and \
            parameters. With --profile the model runs, and the steps of its plan are timed: a step that computes several \
            nodes shows its time at the nodes that it is named after.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The file to write, ending in .svg or .html.")
    var output: String

    @Flag(help: "Run the model and show the time of each step.")
    var profile = false

    @OptionGroup var shape: ShapeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup(title: "Options of --profile") var engine: EngineArguments

    private static let runs = 10
    /// Steps that are no nodes: they have the names of inputs and outputs.
    private static let copies: Set = ["layout", "output"]

    func validate() throws {
        guard output.hasSuffix(".svg") || output.hasSuffix(".html") else {
            throw ValidationError("--output must end in .svg or .html")
        }
    }

    func run() throws {
        let model = try weights.model(self.model, for: profile ? .measurements : .counts)
        let inputs = try shape.inputs(of: model)
        let (shapes, rows) = try locating(model.source) {
            let types = try model.graph.bind(
                inputs.mapValues { TensorType($0.elementType, $0.shape) })
            let known = try model.graph.inferTypes(types)
            var shapes: [ValueID: String] = [:]
            for node in model.graph.nodes {
                for case let output? in node.outputs {
                    if let type = known.knownType(output) {
                        shapes[output] = type.shape.dimensions.map(String.init).joined(separator: " x ")
                    }
                }
            }
            return (shapes, model.graph.ledger(known))
        }
        let times = profile ? try self.times(model, inputs) : [:]
        let costs = rows.map {
            GraphDrawing.Cost(
                macs: $0.macCount, parameters: $0.parameterCount,
                time: times[$0.name])
        }
        let svg = try locating(model.source) {
            try GraphDrawing(model.graph, shapes: shapes, costs: costs).svg
        }
        let title = "\(self.model): \(model.graph.nodes.count) nodes"
        let text = output.hasSuffix(".svg") ? svg : GraphStyle.page(title: title, svg: svg)
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw DeeperError(.fileNotFound, "cannot be written: \(fileReason(error))").within(output)
        }
        Console.print("\(output): \(model.graph.nodes.count) nodes")
    }

    /// The least time of each step, by the names of the nodes that the step names.
    private func times(
        _ model: Model, _ inputs: [String: Tensor]
    ) throws -> [String: GraphDrawing.Cost.Time] {
        let engine = try engine.engine(model)
        _ = try engine.runBlocking(inputs)
        var least: [String: UInt64] = [:]
        let runs = try (0..<ViewCommand.runs).map { _ in try engine.profile(inputs) }
        for (index, step) in runs[0].enumerated() where !ViewCommand.copies.contains(step.operatorName) {
            least[step.name] = runs.map { $0[index].nanoseconds }.min()
        }
        var result: [String: GraphDrawing.Cost.Time] = [:]
        for (name, nanoseconds) in least {
            // Convolutions of one input are joined to one step, which has the names of all.
            let nodes = name.split(separator: " | ").map(String.init)
            for node in nodes {
                result[node] = .init(milliseconds: Double(nanoseconds) / 1e6, nodeCount: nodes.count)
            }
        }
        return result
    }
}
#endif
