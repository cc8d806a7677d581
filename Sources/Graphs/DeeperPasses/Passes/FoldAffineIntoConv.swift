import DeeperGraphs

/// Scales a convolution's weights by a constant Mul that follows, and adds a constant Add to its bias, where the
/// constant has one value, or one value per channel.
struct FoldAffineIntoConv: Pass {
    static let name = "fold constant Mul and Add into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let operation = view.graph.nodes[index].operation
            return operation is Mul || operation is Add ? try Rewrite.folding(affineStep: index, in: view) : nil
        }
    }
}
