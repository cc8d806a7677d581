/// Where counts differ from stored ones.
public struct LedgerComparison: Sendable {
    /// One line a difference.
    public let differences: [String]

    public init(stored: OperationReport, found: OperationReport) {
        var lines: [String] = []
        func compare(_ a: OperationReport.Entry, _ b: OperationReport.Entry) {
            for (name, count) in LedgerComparison.counts where a[keyPath: count] != b[keyPath: count] {
                lines.append("\(b.name): \(a[keyPath: count]) \(name) stored, \(b[keyPath: count]) found")
            }
        }
        if stored.inputs != found.inputs {
            lines.append(
                "inputs: \(LedgerComparison.text(stored.inputs)) stored, \(LedgerComparison.text(found.inputs)) found")
        }
        if stored.grouping == found.grouping {
            // Names may repeat in a file: rows are matched in order.
            for change in found.entries.map(\.name).difference(from: stored.entries.map(\.name)) {
                switch change {
                case .insert(_, let name, _): lines.append("\(name): not stored")
                case .remove(_, let name, _): lines.append("\(name): stored, but not found")
                }
            }
            if lines.isEmpty { for (a, b) in zip(stored.entries, found.entries) { compare(a, b) } }
        }
        compare(stored.total, found.total)
        differences = lines
    }

    private static var counts: [(String, KeyPath<OperationReport.Entry, Int>)] {
        [
            ("MACs", \.macs), ("additions", \.additions), ("bias additions", \.bias),
            ("operations of activations", \.activation), ("operations of poolings", \.pooling),
            ("operations of normalisations", \.normalization), ("operations of softmax", \.softmax),
            ("elementwise operations", \.elementwise), ("parameters", \.parameters),
            ("bytes of weights", \.weightBytes),
            ("bytes of activations", \.activationBytes),
        ]
    }

    private static func text(_ inputs: [String: [Int]]) -> String {
        inputs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
