import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Lets a convolution add the other branch of a residual block to its result.
struct FuseResidual: Pass {
    static let name = "fuse Add into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        let candidates = view.graph.nodes.indices.compactMap { rewrite($0, view) }
        // Where extents are open, two shapes may be equal by accident: one branch would be broadcast.
        guard !candidates.isEmpty, let types = view.typesOfOtherExtents() else { return [] }
        return candidates.filter { _, sum in
            let node = view.graph.nodes[sum]
            let (a, b) = (types.knownType(node.inputs[0]), types.knownType(node.inputs[1]))
            return a != nil && a == b
        }.map(\.rewrite)
    }

    private func rewrite(_ sum: Int, _ view: GraphView) -> (rewrite: Rewrite, sum: Int)? {
        let node = view.graph.nodes[sum]
        guard node.operation is Add && node.operation.alignsLastAxes || node.operation is Sum,
            node.inputs.count == 2, let type = view.types?.knownType(node.inputs[0]), type.shape.rank > 2,
            type == view.types?.knownType(node.inputs[1])
        else { return nil }
        // The later maker, so that the other branch can run beside what leads to it.
        let makers = [0, 1].compactMap { input in
            view.producer(of: node.inputs[input]).map { (input: input, node: $0) }
        }
        for maker in makers.sorted(by: { $0.node > $1.node }) {
            let convolution = view.graph.nodes[maker.node]
            guard var conv = convolution.operation as? Conv, conv.ending == .none,
                conv.groups == 1 || isDepthwise(convolution, type, view),
                conv.outputFilters == nil, !conv.addsResidual, view.soleConsumer(of: convolution.outputs[0]) == sum
            else { continue }
            conv.addsResidual = true
            conv.ending = (node.operation as? any ActivatingOperator)?.ending ?? .none
            var fused = convolution
            fused.operation = conv
            fused.inputs += [ValueID?](repeating: nil, count: 3 - fused.inputs.count) + [node.inputs[1 - maker.input]]
            fused.outputs = node.outputs
            var rewrite = Rewrite("fuse \(node.name) into \(convolution.name)", removed: [maker.node, sum])
            // At the sum's place: there both branches are known.
            rewrite.added.append((sum, fused))
            return (rewrite, sum)
        }
        return nil
    }

    /// One filter a channel: what the other kernels for groups cannot add to, this one's can.
    private func isDepthwise(_ node: Node, _ type: TensorType, _ view: GraphView) -> Bool {
        (node.operation as? Conv)?.groups == type.shape[1] && view.constant(node, 1)?.shape[1] == 1
    }
}
