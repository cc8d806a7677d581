import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Lets a convolution or Gemm apply the Relus and Clips behind it.
struct FuseActivation: Pass {
    static let name = "fuse Relu and Clip into Conv and Gemm"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { maker in
            let node = view.graph.nodes[maker]
            guard node.operation is Conv || node.operation is Gemm, node.outputs.count == 1 else { return nil }
            var fused = node
            var clamp = ClampRange.unbounded
            var rewrite = Rewrite("")
            // A chain of activations goes at once, however long.
            while let next = view.soleConsumer(of: fused.outputs[0]),
                view.graph.nodes[next].inputs[0] == fused.outputs[0],
                let range = try range(view.graph.nodes[next], view)
            {
                clamp = clamp.followed(by: range)
                fused.outputs = view.graph.nodes[next].outputs
                rewrite.removed.insert(next)
            }
            guard !rewrite.removed.isEmpty else { return nil }
            switch fused.operation {
            case var conv as Conv:
                conv.clamp = conv.clamp.followed(by: clamp)
                fused.operation = conv
            case var gemm as Gemm:
                gemm.clamp = gemm.clamp.followed(by: clamp)
                fused.operation = gemm
            default: return nil
            }
            let names = rewrite.removed.sorted().prefix(3).map { view.graph.nodes[$0].name }
            rewrite.note = "fuse \(names.joined(separator: ", ")) into \(fused.name)"
            rewrite.exchange(maker, for: fused)
            return rewrite
        }
    }

    private func range(_ node: Node, _ view: GraphView) throws -> ClampRange? {
        if node.operation is Relu { return .relu }
        guard let clip = node.operation as? Clip else { return nil }
        for input in 1..<max(1, node.inputs.count) where node.inputs[input] != nil {
            guard view.constant(node, input) != nil else { return nil }
        }
        return try clip.range(minimum: view.constant(node, 1), maximum: view.constant(node, 2))
    }
}
