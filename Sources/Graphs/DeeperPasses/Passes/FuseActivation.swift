import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Lets a node whose kernel can clamp apply the Relus and Clips that follow it.
struct FuseActivation: Pass {
    static let name = "fuse Relu and Clip into what they follow"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { maker in
            let node = view.graph.nodes[maker]
            guard var operation = node.operation as? any ClampingOperator, node.outputs.count == 1,
                type(of: operation).isAlwaysFloat32
                    || view.types?.knownType(node.outputs[0])?.elementType == .float32
            else { return nil }
            var fused = node
            var rewrite = Rewrite("")
            // A chain of activations goes at once, however long.
            while let next = view.soleConsumer(of: fused.outputs[0]),
                case let activation = view.graph.nodes[next], activation.inputs[0] == fused.outputs[0],
                let range = try activation.clampRange(constant: { view.constant(activation, $0) })
            {
                operation.clamp = operation.clamp.followed(by: range)
                fused.outputs = activation.outputs
                rewrite.removed.insert(next)
            }
            guard !rewrite.removed.isEmpty else { return nil }
            fused.operation = operation
            let names = rewrite.removed.sorted().prefix(3).map { view.graph.nodes[$0].name }
            rewrite.note = "fuse \(names.joined(separator: ", ")) into \(fused.name)"
            rewrite.exchange(maker, for: fused)
            return rewrite
        }
    }
}
