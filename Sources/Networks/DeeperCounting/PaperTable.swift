public import DeeperGraphs
internal import DeeperTensors

/// Table 1 of Szegedy et al., Going deeper with convolutions (arXiv 1409.4842), compared with the exact counts.
public struct PaperTable: Sendable {
    /// How a printed number relates to the exact one.
    public enum Status: String, Sendable, Codable {
        case exact
        /// The exact number rounded to the printed digits.
        case rounding
        /// Another number, for a plausible reason.
        case explained
        /// The filters printed in the same row result in another number.
        case contradictsItself = "contradicts itself"
    }

    public struct Comparison: Sendable, Codable {
        /// As printed: "34M", "2.7K".
        public let printed: String
        public let exact: Int
        public let status: Status
        /// Empty if there is no remark.
        public let reason: String
    }

    public struct Row: Sendable, Codable {
        public let name: String
        /// Weights without biases; K is 1024.
        public let parameters: Comparison
        /// Multiply-accumulates; M is a million.
        public let operations: Comparison
    }

    /// The twelve rows that have weights.
    public let rows: [Row]

    /// - Parameters:
    ///   - ledger: GoogLeNet's ledger for one picture of 224 x 224, with Caffe's layer names.
    ///   - graph: the graph of the ledger.
    /// - Throws: `invalidInput` if a row has no layers.
    public init(_ ledger: [LedgerRow], of graph: Graph) throws {
        let first = ledger.first { $0.name.hasPrefix("conv1/") }?.outputTypes.first?.shape
        guard let first, first.dimensions == [1, 64, 112, 112] else {
            throw DeeperError(
                .invalidInput,
                "table 1 of the paper is GoogLeNet's, with Caffe's names, for one picture of 224 x 224; "
                    + (first.map { "conv1 makes \($0)" } ?? "there is no layer conv1"))
        }
        rows = try PaperTable.printed.map { row in
            let layers = ledger.filter { layer in row.prefixes.contains { layer.name.hasPrefix($0) } }
            guard !layers.isEmpty else {
                throw DeeperError(
                    .invalidInput,
                    "the network has no layer \(row.prefixes[0]): table 1 of the paper is GoogLeNet's, with Caffe's "
                        + "names"
                )
            }
            return Row(
                name: row.name,
                parameters: row.compareParameters(saturatingSum(layers.map { PaperTable.weightCount($0, graph) })),
                operations: row.compareOperations(saturatingSum(layers.map(\.macCount))))
        }
    }

    /// Weights without biases, which the paper leaves out.
    private static func weightCount(_ row: LedgerRow, _ graph: Graph) -> Int {
        row.node.inputs.compactMap { $0.flatMap { graph.constants[$0] } }.filter { $0.shape.rank > 1 }
            .reduce(0) { $0 + $1.shape.elementCount }
    }

    private struct Printed {
        let name: String
        let prefixes: [String]
        let kilos: Double
        let millions: Int
        var operationsNote: (Status, String)?
        var parametersNote: (Status, String)?

        func compareOperations(_ exact: Int) -> Comparison {
            let isRounded = Int((Double(exact) / 1e6).rounded()) == millions
            let (status, reason) = isRounded ? (.rounding, "") : operationsNote ?? (.contradictsItself, "")
            return Comparison(printed: "\(millions)M", exact: exact, status: status, reason: reason)
        }

        func compareParameters(_ exact: Int) -> Comparison {
            let text = kilos == kilos.rounded() ? "\(Int(kilos))K" : "\(kilos)K"
            let found = Double(exact) / 1024
            var (status, reason) = (Status.exact, "")
            if found != kilos {
                if abs(found - kilos) <= 0.5 {
                    status = .rounding
                } else {
                    let filters = "the row's filters give \(Int(found.rounded()))K"
                    (status, reason) = parametersNote ?? (.contradictsItself, filters)
                }
            }
            return Comparison(printed: text, exact: exact, status: status, reason: reason)
        }
    }

    private static let separable =
        "not a plain 7x7x3x64: a separable 7x7 with 8 filters per channel and a 1x1 after it has 7*7*3*8 + 24*64 = "
        + "2,712 weights and 34,019,328 MACs (an inference, the paper does not say)"

    private static let printed = [
        Printed(
            name: "conv 7x7/2", prefixes: ["conv1/"], kilos: 2.7, millions: 34,
            operationsNote: (.explained, separable), parametersNote: (.explained, separable)),
        Printed(name: "conv 3x3/1", prefixes: ["conv2/"], kilos: 112, millions: 360),
        Printed(name: "inception (3a)", prefixes: ["inception_3a/"], kilos: 159, millions: 128),
        Printed(name: "inception (3b)", prefixes: ["inception_3b/"], kilos: 380, millions: 304),
        Printed(
            name: "inception (4a)", prefixes: ["inception_4a/"], kilos: 364, millions: 73,
            operationsNote: (.explained, "73.6 was cut, not rounded")),
        Printed(name: "inception (4b)", prefixes: ["inception_4b/"], kilos: 437, millions: 88),
        Printed(name: "inception (4c)", prefixes: ["inception_4c/"], kilos: 463, millions: 100),
        Printed(name: "inception (4d)", prefixes: ["inception_4d/"], kilos: 580, millions: 119),
        Printed(name: "inception (4e)", prefixes: ["inception_4e/"], kilos: 840, millions: 170),
        Printed(
            name: "inception (5a)", prefixes: ["inception_5a/"], kilos: 1072, millions: 54,
            operationsNote: (.contradictsItself, "the row's filters give 51M")),
        Printed(name: "inception (5b)", prefixes: ["inception_5b/"], kilos: 1388, millions: 71),
        Printed(name: "linear", prefixes: ["loss3/classifier"], kilos: 1000, millions: 1),
    ]
}
