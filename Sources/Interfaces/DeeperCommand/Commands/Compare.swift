#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperCounting
import DeeperKernels
import DeeperTensors
import DeeperZoo

struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare naive Inception modules with reduced ones, counted and measured.",
        discussion: """
            The output names one of three conventions. module: each module with the input of the real network. branch: \
            the 5x5 branch alone. stacked: the whole network, whose naive modules grow wider and wider (97.5 M \
            parameters). Weights are seeded random numbers. The two forms run in alternation; the achieved speed-up is \
            the predicted one times the ratio of their efficiencies.
            """)

    @Flag(help: "Only the naive form (with --reduced: both).")
    var naive = false

    @Flag(help: "Only the reduced form (with --naive: both).")
    var reduced = false

    @Option(
        help: "\(InceptionPair.moduleNames.joined(separator: ", ")), all (the nine), or stacked (default: everything).")
    var module: String?

    @Option(help: "Images in one run.")
    var batch: Int = 1

    @Option(help: "Alternating rounds.")
    var rounds: Int = 10

    @Option(help: "Least milliseconds for each form in a round.")
    var budget: Int = 20

    @OptionGroup var engine: EngineArguments

    @Option(help: "Write bars and a roofline to this file (SVG).")
    var plot: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print Markdown tables.")
    var markdown = false

    func validate() throws {
        guard (1...4096).contains(batch), (1...1000).contains(rounds), (1...60_000).contains(budget) else {
            throw ValidationError("--batch must be 1 to 4096, --rounds 1 to 1000, --budget 1 to 60000")
        }
        guard !(json && markdown) else { throw ValidationError("--json and --markdown exclude each other") }
        if let module, !(InceptionPair.moduleNames + ["all", "stacked"]).contains(module) {
            throw ValidationError(
                "--module must be one of \(InceptionPair.moduleNames.joined(separator: ", ")), all, stacked")
        }
        guard plot == nil || forms.count == 2 else { throw ValidationError("--plot needs both forms") }
    }

    private var forms: [InceptionForm] {
        if naive == reduced { return [.naive, .reduced] }
        return naive ? [.naive] : [.reduced]
    }

    private func pairs() throws -> [InceptionPair] {
        let modules =
            switch module {
            case nil, "all": InceptionPair.moduleNames
            case "stacked": [String]()
            case let name?: [name]
            }
        let parts = try [InceptionPair.Convention.module, .branch].flatMap { convention in
            try modules.map { try InceptionPair.pair(convention, module: $0) }
        }
        return parts + (module == nil || module == "stacked" ? [try .stacked()] : [])
    }

    func run() throws {
        if let plot { try checkFolder(of: plot) }
        let options = try engine.options()
        let isa = options.instructionSet ?? .best
        let pairs = try pairs()
        var progress = ProgressBar(total: pairs.count)
        var core = CoreRate(isa)
        var rows: [ComparisonRow] = []
        for pair in pairs {
            progress.update(rows.count, "\(pair.convention.rawValue) \(pair.name)")
            rows.append(
                try ComparisonRow(
                    pair, forms, batch: batch, rounds: rounds, budgetMilliseconds: Double(budget), options, &core))
        }
        progress.finish()
        let report = ComparisonReport(
            rows, batch: batch, threads: options.threads, algorithm: options.algorithm, instructionSet: isa,
            bandwidth: try core.copiedBytesPerNanosecond())
        if let plot { try ComparisonPlot(report).write(to: plot) }
        if json { return try Console.printJSON(report) }
        report.print(markdown ? .markdown : .plain)
    }
}
#endif
