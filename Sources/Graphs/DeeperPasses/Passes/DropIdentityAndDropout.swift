import DeeperGraphs
import DeeperTensors

/// Removes nodes that pass their input through unchanged: Identity, Cast to the type that the input already has, and
/// Dropout, which does nothing at inference.
struct DropIdentityAndDropout: Pass {
    static let name = "drop nodes that hand on their input"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        var result: [Rewrite] = []
        for (index, node) in view.graph.nodes.enumerated() where try handsOn(node, view) {
            guard let input = node.inputs[0], let output = node.outputs[0] else { continue }
            var rewrite = Rewrite("drop \(node.name)", removed: [index])
            if view.isOutput(output) {
                // The output keeps its name: the node that made the input now makes the output.
                guard let maker = view.producer(of: input), !view.isOutput(input) else { continue }
                var node = view.graph.nodes[maker]
                node.outputs = node.outputs.map { $0 == input ? output : $0 }
                rewrite.exchange(maker, for: node)
                rewrite.replaced[input] = output
            } else {
                rewrite.replaced[output] = input
            }
            result.append(rewrite)
        }
        return result
    }

    private func handsOn(_ node: Node, _ view: GraphView) throws -> Bool {
        if node.operation is Identity { return true }
        if node.operatorName == "Cast", let type = view.types?.knownType(node.inputs[0]) {
            return type == view.types?.knownType(node.outputs[0])
        }
        guard node.operation is Dropout else { return false }
        if node.outputs.count > 1, let mask = node.outputs[1], view.isOutput(mask) || !view.consumers(of: mask).isEmpty
        {
            return false
        }
        // A training mode that is not known to be off is left to shape inference, which rejects it.
        guard node.inputs.count > 2, node.inputs[2] != nil else { return true }
        return try view.constant(node, 2)?.doubles() == [0]
    }
}
