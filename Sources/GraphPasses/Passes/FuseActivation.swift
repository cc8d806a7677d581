import Graphs
import Kernels
import Tensors

/// Lets a convolution or Gemm apply the Relu or Clip behind it.
struct FuseActivation: Pass {
    static let name = "fuse Relu and Clip into Conv and Gemm"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard let range = try range(node, view), view.soleConsumer(of: node.inputs[0]) == index,
                let maker = view.producer(of: node.inputs[0])
            else { return nil }
            var fused = view.graph.nodes[maker]
            fused.outputs = node.outputs
            switch fused.operation {
            case var conv as Conv where conv.outputFilters == nil:
                conv.clamp = conv.clamp.followed(by: range)
                fused.operation = conv
            case var gemm as Gemm:
                gemm.clamp = gemm.clamp.followed(by: range)
                fused.operation = gemm
            default: return nil
            }
            var rewrite = Rewrite("fuse \(node.name) into \(fused.name)", removed: [index])
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
