#if CommandLine
public import ArgumentParser
import Deeper
import DeeperCommandSupport
public import DeeperCounting
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperZoo
import FoundationEssentials

struct Ops: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ops", abstract: "Count a network's operations exactly, by any of the conventions in use.",
        discussion: """
            Counts are those of one run: MACs are multiply-accumulates, FLOPs are two per MAC of floating-point \
            numbers. The tables of papers and tools mix them up; docs/operation-counts.md says who counts what. The \
            network is run only with --counted, which is for networks of floats. For a quantised model, rows are the \
            8-bit operators that its QuantizeLinear and DequantizeLinear nodes express; their MACs are integer \
            operations. With --like, rows are the nodes as stored in the file.

            --assert compares with an earlier output of --json and fails (65) if counts differ: for use in CI.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String?

    @Option(help: "What a row is: \(OperationReport.Grouping.allCases.map(\.rawValue).joined(separator: ", ")).")
    var by: OperationReport.Grouping = .layer

    @Option(help: "What to count: \(CountingConvention.allCases.map(\.rawValue).joined(separator: ", ")).")
    var convention: CountingConvention = .macs

    @Option(help: "Count by the rules of \(OperationCounter.allCases.map(\.rawValue).joined(separator: ", ")).")
    var like: OperationCounter?

    @Option(help: "Images in one run (default: as the model has it, or 1).")
    var batch: Int?

    @Option(help: "Height and width of pictures (default: as the model has it, or what fits).")
    var size: Int?

    @OptionGroup var shape: InputShapeOptions
    @OptionGroup var weights: WeightOptions

    @Flag(help: "Compare table 1 of the paper with the exact counts, and GoogLeNet with AlexNet.")
    var paper = false

    @Flag(help: "Print the article's worked example: a 5x5 branch, naive and reduced.")
    var article = false

    @Flag(help: "Run the model and compare what its kernels executed with the formulas.")
    var counted = false

    @Option(name: .customLong("assert"), help: "A ledger that --json wrote; fail if counts differ from it.")
    var ledger: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print comma-separated values.")
    var csv = false

    @Flag(help: "Print a Markdown table.")
    var markdown = false

    @OptionGroup var table: TableOptions

    @OptionGroup(title: "Options of --counted") var engine: EngineArguments

    func validate() throws {
        guard model != nil || article else { throw ValidationError("MODEL is missing") }
        guard [json, csv, markdown].count(where: { $0 }) <= 1 else {
            throw ValidationError("--json, --csv and --markdown exclude each other")
        }
        guard [paper, article, counted, ledger != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--paper, --article, --counted and --assert exclude each other")
        }
        guard (1...65_536).contains(batch ?? 1), (1...65_536).contains(size ?? 1) else {
            throw ValidationError("--batch and --size must be 1 to 65536")
        }
        guard !paper || (batch ?? 1 == 1 && size ?? 224 == 224) else {
            throw ValidationError("--paper is for one picture of 224 x 224")
        }
        guard like == nil || convention == .macs else {
            throw ValidationError("--like has a convention of its own: leave out --convention")
        }
    }

    private var style: TableStyle { csv ? .csv : markdown ? .markdown : .plain }

    func run() throws {
        if article { return try WorkedExampleReport().print(json, style) }
        guard let name = model else { return }
        let source = try weights.model(name, for: counted ? .measurements : .counts, extent: size)
        let model = try shape.applied(to: source)
        if counted {
            let report = try CountedReport(model, name, batch: batch, extent: size, options: engine.options())
            return try report.print(json, style)
        }
        let stored = try ledger.map { try self.stored($0) }
        let counter = try stored.map { try self.counter(of: $0) } ?? like
        let (graph, types, rows) = try locating(model.source) {
            // Other tools count the float modules from which a quantised model was made.
            let graph = counter == nil ? try model.countedGraph() : model.graph
            let types = try graph.inputTypes(batch: batch, extent: size)
            return (graph, types, try graph.operationRows(types))
        }
        if paper {
            let table = try locating(model.source) { try PaperTable(rows, of: graph) }
            return try PaperReport(table, rows).print(json, style)
        }
        let inputs = types.map { (graph.name(of: $0.key), $0.value.shape.dimensions) }
        func report(_ grouping: OperationReport.Grouping) -> OperationReport {
            OperationReport(
                model: name, inputs: Dictionary(inputs) { first, _ in first }, rows: rows, grouping: grouping,
                counter: counter)
        }
        if let stored { return try check(report(stored.grouping), against: stored) }
        let report = report(by)
        if json { return try Console.printJSON(report) }
        Console.print(OperationTable(report, convention: convention, like: like, options: table, style).text)
    }

    private func stored(_ path: String) throws -> OperationReport {
        try locating(path) {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            do {
                return try JSONDecoder().decode(OperationReport.self, from: data)
            } catch {
                throw DeeperError(.invalidInput, "not a ledger that deeper ops --json wrote", cause: error)
            }
        }
    }

    /// The tool whose rules a stored ledger follows; if --like is given, it must name the same tool.
    private func counter(of stored: OperationReport) throws -> OperationCounter? {
        let counter = stored.counter.flatMap { OperationCounter(rawValue: $0) }
        guard counter?.rawValue == stored.counter, like == nil || like == counter else {
            throw DeeperError(
                .invalidInput,
                "the ledger follows the rules of \(stored.counter ?? "no other tool"), expected "
                    + (like?.rawValue ?? "a known tool")
            ).within(ledger ?? "")
        }
        return counter
    }

    private func check(_ report: OperationReport, against stored: OperationReport) throws {
        let differences = LedgerComparison(stored: stored, found: report).differences
        guard differences.isEmpty else {
            Console.print(differences.joined(separator: "\n"))
            throw DeeperError(.invalidInput, "\(differences.count) counts differ from the ledger").within(ledger ?? "")
        }
        Console.print(
            "\(report.model): \(report.entries.count) rows by \(report.grouping.rawValue) as in \(ledger ?? ""), "
                + "\(report.total.macs.grouped) MACs, \(report.total.parameters.grouped) parameters")
    }
}

extension OperationReport.Grouping: ExpressibleByArgument {}
extension CountingConvention: ExpressibleByArgument {}
extension OperationCounter: ExpressibleByArgument {}
#endif
