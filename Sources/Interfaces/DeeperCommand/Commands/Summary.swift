#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperGraphs
import DeeperTensors

struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "List a network's layers: output shape, parameters, multiply-accumulates.",
        usage: "deeper summary <model> [<options>]",
        discussion: "MACs are multiply-accumulates of one image; biases, activations and pooling are not counted.")

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(help: "Height and width of pictures, if the model does not fix them (default: one that fits).")
    var size: Int?

    @OptionGroup var shape: InputShapeOptions
    @OptionGroup var weights: WeightOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var table: TableOptions

    func validate() throws {
        guard (1...65_536).contains(size ?? 1) else { throw ValidationError("--size must be 1 to 65536") }
    }

    func run() throws {
        let source = try shape.applied(to: weights.model(model, for: .counts))
        let counted = try locating(source.source) { try source.countedGraph() }
        let graph = size.map { counted.fixingOpenDimensions(to: $0) } ?? counted
        let (types, symbols) = try locating(source.source) {
            (
                try graph.inferTypes(try graph.plausibleTypes()),
                try graph.symbolicShapes()
            )
        }
        let rows = zip(graph.nodes, graph.ledger(types)).map { node, row in
            Row(
                name: row.name, operatorName: row.operatorName,
                shape: row.outputTypes.first?.shape.dimensions ?? [],
                symbolicShape: (node.outputs.first.flatMap { $0 }.flatMap { symbols[$0] } ?? []).map(\.description),
                parameters: row.parameterCount, macs: row.macCount)
        }
        let totals = Totals(
            parameters: saturatingSum(rows.map(\.parameters)), macs: saturatingSum(rows.map(\.macs)))
        if json { return try Console.printJSON(Report(model: model, layers: rows, total: totals)) }
        var table = TextTable("layer", "operator", "output", ">parameters", ">MACs")
        for row in rows {
            table.add(
                row.name, row.operatorName, row.symbolicShape.joined(separator: " x "),
                self.table.count(row.parameters), self.table.count(row.macs))
        }
        table.add("total", "", "", self.table.count(totals.parameters), self.table.count(totals.macs))
        Console.print(self.table.text(table))
    }

    private struct Row: Encodable {
        let name: String
        let operatorName: String
        let shape: [Int]
        let symbolicShape: [String]
        let parameters: Int
        let macs: Int

        enum CodingKeys: String, CodingKey {
            case name, shape, parameters, macs
            case operatorName = "operator"
            case symbolicShape = "symbolic_shape"
        }
    }

    private struct Totals: Encodable {
        let parameters: Int
        let macs: Int
    }

    private struct Report: Encodable {
        let model: String
        let layers: [Row]
        let total: Totals
    }
}
#endif
