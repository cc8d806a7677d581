import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Merges 1x1 convolutions of one input into a single one with several outputs: an Inception module's 1x1, 3x3 reduce
/// and 5x5 reduce become one matrix product.
struct MergeSiblingConvolutions: Pass {
    static let name = "merge sibling 1x1 convolutions"

    private struct Key: Hashable {
        var input: ValueID
        var window: WindowAttributes
        var ending: Ending
        var rank: Int
        /// Nodes that only one branch of an If needs must not be merged with those that the other branch needs.
        var branch: Int?
    }

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        var groups: [Key: [Int]] = [:]
        var order: [Key] = []
        for (index, node) in view.graph.nodes.enumerated() {
            guard let key = key(node, branch: view.branch(of: index), view) else { continue }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(index)
        }
        return try order.compactMap { key in
            guard let members = groups[key], members.count > 1 else { return nil }
            return try merge(members, view)
        }
    }

    private func key(_ node: Node, branch: Int?, _ view: GraphView) -> Key? {
        guard let conv = node.operation as? Conv, conv.groups == 1, conv.outputFilters == nil, !conv.addsResidual,
            let input = node.inputs[0], let weights = view.constant(node, 1), weights.elementType == .float32,
            weights.shape.dimensions.dropFirst(2).allSatisfy({ $0 == 1 }), weights.shape.rank > 2,
            node.inputs.count < 3 || node.inputs[2] == nil || view.constant(node, 2) != nil
        else { return nil }
        return Key(input: input, window: conv.window, ending: conv.ending, rank: weights.shape.rank, branch: branch)
    }

    private func merge(_ members: [Int], _ view: GraphView) throws -> Rewrite? {
        let nodes = members.map { view.graph.nodes[$0] }
        guard var conv = nodes[0].operation as? Conv else { return nil }
        let weights = nodes.compactMap { view.constant($0, 1) }
        let filters = weights.map { $0.shape[0] }
        guard Set(weights.map { $0.shape[1] }).count == 1 else { return nil }
        let biases = try zip(nodes, filters).map { node, count in
            try view.constant(node, 2)?.elements(as: Float.self) ?? Array(repeating: 0, count: count)
        }
        guard zip(biases, filters).allSatisfy({ $0.count == $1 }) else { return nil }
        let total = filters.reduce(0, +)
        let shape = Shape([total] + weights[0].shape.dimensions.dropFirst())
        let stacked = try Tensor(joining: weights, shape: shape)
        conv.outputFilters = filters
        let names = nodes.map(\.name).joined(separator: " | ")
        var rewrite = Rewrite("merge \(names)", removed: Set(members))
        let inputs: [ValueID?] = [
            nodes[0].inputs[0], rewrite.constant("\(names)/weights", stacked, in: view),
            rewrite.constant("\(names)/bias", try Tensor(biases.flatMap { $0 }, shape: [total]), in: view),
        ]
        rewrite.added.append(
            (members[0], Node(name: names, operation: conv, inputs: inputs, outputs: nodes.map { $0.outputs[0] })))
        return rewrite
    }
}
