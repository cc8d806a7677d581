import DeeperGraphs

/// Folds a batch normalisation into the weights and the bias of the convolution before it.
struct FoldBatchNormIntoConv: Pass {
    static let name = "fold BatchNormalization into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            guard view.graph.nodes[index].operation is BatchNormalization else { return nil }
            return try Rewrite.folding(affineStep: index, in: view)
        }
    }
}
