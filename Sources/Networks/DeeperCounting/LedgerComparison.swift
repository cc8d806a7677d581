/// The differences between counts and stored ones.
public struct LedgerComparison: Sendable {
    /// One line per difference.
    public let differences: [String]

    /// - Precondition: `found` is grouped as `stored` is.
    public init(stored: OperationReport, found: OperationReport) {
        precondition(stored.grouping == found.grouping)
        var lines: [String] = []
        if stored.inputs != found.inputs {
            lines.append(
                "inputs: \(LedgerComparison.text(stored.inputs)) stored, \(LedgerComparison.text(found.inputs)) found"
            )
        }
        if stored.counter != found.counter {
            lines.append("counter: \(stored.counter ?? "none") stored, \(found.counter ?? "none") found")
        }
        // Names may repeat in a file, so rows are matched in order.
        let changes = found.entries.map(\.name).difference(from: stored.entries.map(\.name))
        for change in changes {
            switch change {
            case .insert(_, let name, _): lines.append("\(name): not stored")
            case .remove(_, let name, _): lines.append("\(name): stored, but not found")
            }
        }
        if changes.isEmpty {
            lines += zip(stored.entries, found.entries).flatMap(LedgerComparison.differences)
        }
        differences = lines + LedgerComparison.differences(stored.total, found.total)
    }

    private static func differences(_ a: OperationReport.Entry, _ b: OperationReport.Entry) -> [String] {
        counts.compactMap { name, count in
            a[keyPath: count] == b[keyPath: count]
                ? nil : "\(b.name): \(a[keyPath: count]) \(name) stored, \(b[keyPath: count]) found"
        }
            + (a.counted == b.counted
                ? [] : ["\(b.name): \(a.counted ?? 0) counted operations stored, \(b.counted ?? 0) found"])
    }

    private static var counts: [(String, KeyPath<OperationReport.Entry, Int>)] {
        [
            ("MACs", \.macs), ("MACs of 8-bit numbers", \.byteMacs), ("additions", \.additions),
            ("bias additions", \.bias),
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

extension OperationReport.Entry {
    fileprivate var byteMacs: Int { integerMacs ?? 0 }
}
