import DeeperTensors

extension Graph {
    /// The graph as text with one node per line: for reading, for tests and for comparing the graph before and after a
    /// pass.
    public func dump() -> String {
        func list(_ values: [ValueID?]) -> String {
            values.map { $0.map { "\($0):\(name(of: $0))" } ?? "-" }.joined(separator: ", ")
        }
        var lines = ["graph \(name)"]
        for input in inputs { lines.append("input \(input.value):\(name(of: input.value)) \(input.type)") }
        for (value, tensor) in constants.sorted(by: { $0.key.index < $1.key.index }) {
            lines.append("constant \(value):\(name(of: value)) \(tensor.elementType)\(tensor.shape)")
        }
        for node in nodes {
            let details = node.operation.summary.isEmpty ? "" : " {\(node.operation.summary)}"
            lines.append("\(list(node.outputs)) = \(node.operatorName)(\(list(node.inputs)))\(details)")
        }
        lines.append("output \(list(outputs))")
        return lines.joined(separator: "\n")
    }
}
