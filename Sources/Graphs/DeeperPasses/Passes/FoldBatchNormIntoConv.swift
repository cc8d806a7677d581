import DeeperGraphs
import DeeperTensors

/// Scales a convolution's weights by the batch normalisation behind it.
struct FoldBatchNormIntoConv: Pass {
    static let name = "fold BatchNormalization into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard let norm = node.operation as? BatchNormalization, !norm.usesBatchMoments,
                let convolution = view.producer(of: node.inputs[0]),
                view.soleConsumer(of: node.inputs[0]) == index, let scale = view.constant(node, 1),
                let shift = view.constant(node, 2), let mean = view.constant(node, 3),
                let variance = view.constant(node, 4)
            else { return nil }
            let counts = [scale, shift, mean, variance].map { $0.shape.elementCount }
            guard Set(counts).count == 1 else { return nil }
            let affine = try norm.affine(scale: scale, shift: shift, mean: mean, variance: variance)
            return try Rewrite.scaling(
                convolution, index, factor: affine.scale, addend: affine.shift, in: view)
        }
    }
}
