import DeeperGraphs
import DeeperTensors

/// Computes nodes whose inputs are all constants.
struct FoldConstants: Pass {
    static let name = "fold constants"

    /// The largest result that is folded: beyond this size, the memory for the constant costs more than computing it.
    private static let largestByteCount = 1 << 31

    func rewrites(in view: GraphView) throws -> [Rewrite] { try FoldConstants.rewrites(in: view) { _ in true } }

    /// - Parameter isWanted: whether a node may be folded.
    static func rewrites(in view: GraphView, where isWanted: (Node) -> Bool) throws -> [Rewrite] {
        var known = view.graph.constants
        var result: [Rewrite] = []
        for (index, node) in view.graph.nodes.enumerated() {
            // Another pass may have left weights that are no longer read.
            guard isWanted(node), node.outputs.contains(where: { $0.map(view.isRead) ?? false }) else { continue }
            let inputs = node.inputs.map { $0.flatMap { known[$0] } }
            guard zip(node.inputs, inputs).allSatisfy({ $0 == nil || $1 != nil }) else { continue }
            // A failure within a branch matters only if the branch is taken.
            let isOptional = view.branch(of: index) != nil
            guard let tensors = try isOptional ? try? evaluate(node, inputs, view) : evaluate(node, inputs, view)
            else { continue }
            var rewrite = Rewrite("compute \(node.name)", removed: [index])
            for (output, tensor) in zip(node.outputs, tensors) {
                guard let output else { continue }
                known[output] = tensor
                rewrite.constants.append((output, tensor))
            }
            result.append(rewrite)
        }
        return result
    }

    private static func evaluate(_ node: Node, _ inputs: [Tensor?], _ view: GraphView) throws -> [Tensor]? {
        try locating(node.label) {
            let types = inputs.map { $0.map { TensorType($0.elementType, $0.shape) } }
            let outputs = try node.operation.infer(NodeInputs(types: types, values: inputs)).prefix(node.outputs.count)
            guard outputs.allSatisfy({ $0.byteCount <= FoldConstants.largestByteCount }) else { return nil }
            return try view.evaluator.evaluate(node, inputs, outputs: Array(outputs))
        }
    }
}
