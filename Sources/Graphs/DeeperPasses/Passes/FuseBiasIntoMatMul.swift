import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Moves the addition of a constant row into the matrix product before it, for products with constant weights and more
/// than two axes.
struct FuseBiasIntoMatMul: Pass {
    static let name = "fuse bias into MatMul"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index -> Rewrite? in
            let node = view.graph.nodes[index]
            guard let sum = node.operation as? Add, sum.alignsLastAxes else { return nil }
            for (data, other) in [(0, 1), (1, 0)] {
                guard let bias = view.constant(node, other), view.soleConsumer(of: node.inputs[data]) == index,
                    let product = view.producer(of: node.inputs[data]),
                    case let matmul = view.graph.nodes[product], var operation = matmul.operation as? MatMul,
                    operation.ending == .none, !operation.addsBias,
                    let weights = view.constant(matmul, 1), weights.shape.rank == 2,
                    let type = view.types?.knownType(node.outputs[0]), type.shape.rank > 2,
                    type == view.types?.knownType(node.inputs[data]),
                    try perColumn(bias, axis: type.shape.rank - 1, of: type.shape) != nil
                else { continue }
                (operation.addsBias, operation.ending) = (true, sum.ending)
                var fused = matmul
                fused.operation = operation
                fused.inputs = [matmul.inputs[0], matmul.inputs[1], node.inputs[other]]
                fused.outputs = node.outputs
                var rewrite = Rewrite("fuse \(node.name) into \(matmul.name)", removed: [index])
                rewrite.exchange(product, for: fused)
                return rewrite
            }
            return nil
        }
    }
}
