#if CommandLine
import DeeperCommandSupport
import DeeperCounting
import DeeperGraphs
import DeeperTensors
import DeeperZoo

/// Table 1 of the paper compared with the exact counts, and GoogLeNet compared with AlexNet.
struct PaperReport: Encodable {
    private let rows: [PaperTable.Row]
    private let networks: [Network]

    private struct Network: Encodable {
        let name: String
        let parameters: Int
        let macs: Int
    }

    enum CodingKeys: String, CodingKey {
        case rows, networks
    }

    init(_ table: PaperTable, _ ledger: [LedgerRow]) throws {
        rows = table.rows
        let alexNet = try AlexNet().graph(weights: .zeros).operationRows()
        networks = [("GoogLeNet", ledger), ("AlexNet", alexNet)].map { name, rows in
            Network(
                name: name, parameters: saturatingSum(rows.map(\.parameterCount)),
                macs: saturatingSum(rows.map(\.macCount)))
        }
    }

    func print(_ json: Bool, _ style: TableStyle) throws {
        if json { return try Console.printJSON(self) }
        var table = TextTable(
            "layer", ">paper", ">exact weights", "weights", ">paper ops", ">exact MACs", "operations")
        for row in rows {
            table.add(
                row.name, row.parameters.printed, row.parameters.exact.grouped, row.parameters.status.rawValue,
                row.operations.printed, row.operations.exact.grouped, row.operations.status.rawValue)
        }
        table.add(
            "sum", "", saturatingSum(rows.map(\.parameters.exact)).grouped, "", "",
            saturatingSum(rows.map(\.operations.exact)).grouped, "")
        Console.print(table.text(style))
        if style == .csv { return }
        let matching = rows.count { [.exact, .rounding].contains($0.operations.status) }
        Console.say(
            "\n\(matching) of \(rows.count) rows of operations match to rounding. Weights: K is 1024, no biases.")
        for row in rows {
            for (kind, value) in [("weights", row.parameters), ("operations", row.operations)] where value.reason != ""
            {
                Console.say("- \(row.name), \(kind) \(value.printed): \(value.reason)")
            }
        }
        var comparison = TextTable("network", ">parameters", ">MACs")
        for network in networks { comparison.add(network.name, network.parameters.grouped, network.macs.grouped) }
        Console.print("\n" + comparison.text(style))
        let (parameters, macs) = (
            Double(networks[1].parameters) / Double(max(1, networks[0].parameters)),
            Double(networks[0].macs) / Double(max(1, networks[1].macs))
        )
        Console.say(
            (style == .markdown ? "\n" : "")
                + "GoogLeNet has \(fixed(parameters, 1)) times fewer parameters than AlexNet and \(fixed(macs, 1)) times its "
                + "MACs; biases are parameters here.")
    }
}

/// The article's worked example.
struct WorkedExampleReport {
    private let example: WorkedExample

    init() throws { example = try WorkedExample() }

    private struct Figures: Encodable {
        let naive: Int
        let reduction: Int
        let convolution: Int
        let reduced: Int
        let ratio: Double
    }

    func print(_ json: Bool, _ style: TableStyle) throws {
        let ratio = Double(example.naive) / Double(example.reduced)
        if json {
            return try Console.printJSON(
                Figures(
                    naive: example.naive, reduction: example.reduction, convolution: example.convolution,
                    reduced: example.reduced, ratio: ratio))
        }
        var table = TextTable("28 x 28 x 192 to 28 x 28 x 32", ">MACs")
        table.add("naive: 5x5", example.naive.grouped)
        table.add("reduced: 1x1 to 16 channels", example.reduction.grouped)
        table.add("reduced: 5x5 on 16 channels", example.convolution.grouped)
        table.add("reduced: both", example.reduced.grouped)
        Console.print(table.text(style))
        if style != .csv { Console.print((style == .markdown ? "\n" : "") + "\(fixed(ratio, 1)) times fewer") }
    }
}
#endif
