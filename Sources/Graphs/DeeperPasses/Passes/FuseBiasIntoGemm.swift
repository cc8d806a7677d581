import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Turns a matrix product with constant weights and the addition of a constant row into one Gemm.
struct FuseBiasIntoGemm: Pass {
    static let name = "fuse bias into Gemm"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard node.operation is Add, node.operation.alignsLastAxes else { return nil }
            for (data, other) in [(0, 1), (1, 0)] {
                guard let bias = view.constant(node, other), view.soleConsumer(of: node.inputs[data]) == index,
                    let product = view.producer(of: node.inputs[data])
                else { continue }
                let matmul = view.graph.nodes[product]
                guard (matmul.operation as? MatMul)?.ending == Ending.none,
                    let weights = view.constant(matmul, 1), weights.shape.rank == 2,
                    bias.elementType == .float32, bias.shape.rank <= 2,
                    bias.shape.elementCount == 1 || bias.shape.dimensions.last == bias.shape.elementCount,
                    view.types?.knownType(matmul.inputs[0])?.shape.rank == 2,
                    view.types?.knownType(node.outputs[0]) == view.types?.knownType(node.inputs[data])
                else { continue }
                var rewrite = Rewrite("fuse \(node.name) into \(matmul.name)", removed: [index])
                var operation = Gemm()
                operation.ending = (node.operation as? any ActivatingOperator)?.ending ?? .none
                var gemm = matmul
                if operation.ending == .none { gemm.exchange(operation) } else { gemm.operation = operation }
                gemm.inputs = [matmul.inputs[0], matmul.inputs[1], node.inputs[other]]
                gemm.outputs = node.outputs
                rewrite.exchange(product, for: gemm)
                return rewrite
            }
            return nil
        }
    }
}
