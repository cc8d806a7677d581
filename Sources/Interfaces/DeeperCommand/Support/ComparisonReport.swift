#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperCounting
import DeeperKernels
import DeeperTensors

/// Rows of all conventions, and what they add up to.
struct ComparisonReport: Encodable {
    let batch: Int
    let threads: Int
    let algorithm: String
    let instructionSet: String
    /// GB/s that one core copies: the slope of the roofline.
    let bandwidth: Double
    let rows: [ComparisonRow]
    /// All modules' MACs and times, naive over reduced.
    let modulesPredicted: Double?
    let modulesAchieved: Double?

    enum CodingKeys: String, CodingKey {
        case batch, threads, algorithm, rows
        case instructionSet = "isa"
        case bandwidth = "copy_gb_per_s"
        case modulesPredicted = "modules_predicted_ratio"
        case modulesAchieved = "modules_achieved_ratio"
    }

    init(
        _ rows: [ComparisonRow], batch: Int, threads: Int, algorithm: ConvolutionAlgorithm,
        instructionSet: InstructionSet, bandwidth: Double
    ) {
        self.rows = rows
        self.batch = batch
        self.threads = threads
        self.algorithm = algorithm.rawValue
        self.instructionSet = instructionSet.rawValue
        self.bandwidth = bandwidth
        let modules = rows.filter { $0.convention == .module }
        let (naive, reduced) = (modules.compactMap(\.naive), modules.compactMap(\.reduced))
        let isWhole = modules.count > 1 && naive.count == reduced.count
        func ratio(_ value: (ComparisonRow.Form) -> Double) -> Double? {
            isWhole ? naive.reduce(0) { $0 + value($1) } / reduced.reduce(0) { $0 + value($1) } : nil
        }
        modulesPredicted = ratio { Double($0.macs) }
        modulesAchieved = ratio(\.milliseconds)
    }

    func print(_ style: TableStyle) {
        for convention in InceptionPair.Convention.allCases {
            let chosen = rows.filter { $0.convention == convention }
            guard !chosen.isEmpty else { continue }
            Console.print(style == .markdown ? "### \(title(convention))\n" : "\(title(convention)):")
            Console.print(table(chosen).text(style))
            if convention == .module, let modulesPredicted, let modulesAchieved {
                Console.print(
                    "\(style == .markdown ? "\n" : "")all modules: \(fixed(modulesPredicted, 2)) times fewer MACs, "
                        + "\(fixed(modulesAchieved, 2)) times as fast")
            }
            Console.print("")
        }
        Console.say(
            "batch \(batch), \(threads) threads, \(instructionSet), algorithm \(algorithm). Achieved = predicted x "
                + "reduced's share of the peak / naive's: a reduced form that uses the cores worse achieves less than "
                + "is predicted."
        )
    }

    private func title(_ convention: InceptionPair.Convention) -> String {
        switch convention {
        case .module: "module: every module with the input of the real network"
        case .branch: "branch: the 5x5 branch alone"
        case .stacked: "stacked: the whole network"
        }
    }

    private func table(_ rows: [ComparisonRow]) -> TextTable {
        let (hasNaive, hasReduced) = (rows[0].naive != nil, rows[0].reduced != nil)
        var columns: [(String, (ComparisonRow) -> String)] = [("module", \.name)]
        func add(_ heading: String, isOptional: Bool = false, _ cell: @escaping (ComparisonRow.Form) -> String) {
            let mark = isOptional ? "?>" : ">"
            if hasNaive { columns.append((mark + "\(heading) naive", { $0.naive.map(cell) ?? "" })) }
            if hasReduced {
                columns.append((mark + (hasNaive ? "reduced" : heading + " reduced"), { $0.reduced.map(cell) ?? "" }))
            }
        }
        add("MACs") { $0.macs.grouped }
        if hasNaive, hasReduced { columns.append((">predicted", { fixed($0.predicted, 2) })) }
        add("ms") { fixed($0.milliseconds, 3) }
        if hasNaive, hasReduced {
            columns.append((">achieved", { $0.achieved.map { fixed($0, 2) } ?? "" }))
            columns.append(
                ("?>spread", { $0.spread.map { "\(fixed($0[0], 2))-\(fixed($0[1], 2))" } ?? "" }))
        }
        add("% of peak", isOptional: true) { fixed($0.ofPeak * 100, 1) }
        add("parameters", isOptional: true) { $0.parameters.grouped }
        add("activations B", isOptional: true) { $0.activationBytes.grouped }
        var table = TextTable(columns: columns.map(\.0))
        for row in rows { table.add(cells: columns.map { $0.1(row) }) }
        return table
    }
}
#endif
