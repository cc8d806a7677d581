import DeeperGraphs
import DeeperTensors

/// Scales a convolution's weights by a constant Mul behind it, and adds a constant Add to its bias, where the constant
/// holds one value, or one value a channel.
struct FoldAffineIntoConv: Pass {
    static let name = "fold constant Mul and Add into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            let isMul = node.operation is Mul
            guard isMul || node.operation is Add, node.operation.alignsLastAxes else { return nil }
            for (data, other) in [(0, 1), (1, 0)] {
                guard let tensor = view.constant(node, other), view.soleConsumer(of: node.inputs[data]) == index,
                    let convolution = view.producer(of: node.inputs[data]),
                    let weights = view.constant(view.graph.nodes[convolution], 1), weights.shape.rank > 2,
                    view.graph.nodes[convolution].operation is Conv,
                    let type = view.types?.knownType(node.outputs[0]), type.shape.rank == weights.shape.rank,
                    type.shape[1] == weights.shape[0], let values = try perColumn(tensor, axis: 1, of: type.shape)
                else { continue }
                // The sum must have the convolution's shape: an operand that widens it is not a bias.
                guard type == view.types?.knownType(node.inputs[data]) else { continue }
                let neutral = [Float](repeating: isMul ? 0 : 1, count: values.count)
                return try Rewrite.scaling(
                    convolution, index, factor: isMul ? values : neutral, addend: isMul ? neutral : values, in: view)
            }
            return nil
        }
    }
}
