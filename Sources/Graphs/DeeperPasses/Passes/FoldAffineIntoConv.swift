import DeeperGraphs

/// Scales a convolution's weights by a constant Mul behind it, and adds a constant Add to its bias, where the constant
/// holds one value, or one value a channel.
struct FoldAffineIntoConv: Pass {
    static let name = "fold constant Mul and Add into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard let affine = try AffineStep(node, axis: 1, in: view),
                view.soleConsumer(of: node.inputs[affine.data]) == index,
                let convolution = view.producer(of: node.inputs[affine.data]),
                view.graph.nodes[convolution].operation is Conv
            else { return nil }
            return try Rewrite.scaling(
                convolution, index, factor: affine.factor, addend: affine.addend, in: view)
        }
    }
}
