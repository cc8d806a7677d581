import DeeperGraphs

/// Scales a convolution's weights by the batch normalisation that follows.
struct FoldBatchNormIntoConv: Pass {
    static let name = "fold BatchNormalization into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            guard view.graph.nodes[index].operation is BatchNormalization else { return nil }
            return try Rewrite.folding(affineStep: index, in: view)
        }
    }
}
