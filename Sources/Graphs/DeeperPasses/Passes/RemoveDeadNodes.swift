import DeeperGraphs
import DeeperTensors

/// Removes nodes whose results are not used.
struct RemoveDeadNodes: Pass {
    static let name = "remove dead nodes"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        var alive = Set(view.graph.outputs)
        var result: [Rewrite] = []
        for index in view.graph.nodes.indices.reversed() {
            let node = view.graph.nodes[index]
            if node.outputs.contains(where: { $0.map(alive.contains) ?? false }) {
                alive.formUnion(node.inputs.compactMap { $0 })
            } else {
                result.append(Rewrite("remove \(node.name)", removed: [index]))
            }
        }
        return result
    }
}
