import DeeperGraphs

extension Graph {
    /// The constants of the graph, and all values that are computed from constants alone.
    func constantValues() -> Set<ValueID> {
        var result = Set(constants.keys)
        for node in nodes where node.inputs.allSatisfy({ $0.map { result.contains($0) } ?? true }) {
            result.formUnion(node.outputs.compactMap { $0 })
        }
        return result
    }

    /// Nodes that an output depends on and whose outputs are not known already.
    func neededNodes(_ types: InferredTypes) -> [Bool] {
        var needed = [Bool](repeating: false, count: nodes.count)
        var wanted = Set(outputs)
        for index in nodes.indices.reversed() {
            let made = nodes[index].outputs.compactMap { $0 }.filter { wanted.contains($0) && types.value($0) == nil }
            guard !made.isEmpty else { continue }
            needed[index] = true
            wanted.formUnion(nodes[index].inputs.compactMap { $0 })
        }
        return needed
    }
}
