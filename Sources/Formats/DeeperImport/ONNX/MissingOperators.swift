import DeeperGraphs
import DeeperTensors

/// Collects the operators of a model that deeper lacks, so that one message can name them all.
struct MissingOperators {
    private struct Entry {
        let label: String
        let firstNode: String
        var nodeCount = 0
    }

    private var entries: [Entry] = []
    private var places: [String: Int] = [:]
    private var hasBlockedLayouts = false
    /// The largest number of operators that the message lists.
    private static let mostListed = 50

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ name: String, domain: String, node: String) {
        let label = (OperatorCatalog.isOwn(domain: domain) ? name : "\(domain).\(name)").withoutControls
        let place = places[label] ?? entries.count
        if place == entries.count {
            entries.append(Entry(label: label, firstNode: node))
            places[label] = place
        }
        entries[place].nodeCount += 1
        if domain == "com.microsoft.nchwc" { hasBlockedLayouts = true }
    }

    /// - Throws: `unsupported` naming each operator with its domain, the number of its nodes and the first node.
    func report() throws {
        guard !entries.isEmpty else { return }
        var list = entries.prefix(MissingOperators.mostListed).map { entry in
            entry.nodeCount == 1
                ? "\(entry.label) (node \(entry.firstNode.quotedForMessage))"
                : "\(entry.label) (\(entry.nodeCount) nodes, the first is \(entry.firstNode.quotedForMessage))"
        }
        if entries.count > list.count { list.append("\(entries.count - list.count) more") }
        var text = entries.count == 1 ? "an operator is" : "\(entries.count) operators are"
        text += " not supported: \(list.joined(separator: ", "))"
        if hasBlockedLayouts {
            text +=
                "; ONNX Runtime wrote com.microsoft.nchwc for the CPU that it ran on: save the model at a lower "
                + "optimisation level, ORT_ENABLE_EXTENDED or ORT_ENABLE_BASIC"
        }
        throw DeeperError(.unsupported, text)
    }
}

extension String {
    /// The text for a message, quoted if it is very long or contains anything other than printable ASCII.
    fileprivate var withoutControls: String {
        utf8.count <= 80 && utf8.allSatisfy { (0x21...0x7e).contains($0) } ? self : quotedForMessage
    }
}
