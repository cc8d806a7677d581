import DeeperGraphs
import DeeperKernels
import DeeperTensors

/// Moves the addition of a residual block into a convolution, which then adds the other branch to its result.
struct FuseResidual: Pass {
    static let name = "fuse Add into Conv"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        let candidates = view.graph.nodes.indices.compactMap { rewrite($0, view) }
        // Where extents are open, two shapes may be equal by coincidence although one branch is broadcast in general.
        guard !candidates.isEmpty, let types = view.typesOfOtherExtents() else { return [] }
        return candidates.filter { _, sum in
            let node = view.graph.nodes[sum], operands = FuseResidual.operands(of: node)
            let types = operands.map { types.knownType(node.inputs[$0]) }
            return types[0] != nil && types[0] == types[1]
        }.map(\.rewrite)
    }

    /// The indices of the inputs that a node adds; empty for other nodes.
    private static func operands(of node: Node) -> [Int] {
        switch node.operation {
        case is Add where node.operation.alignsLastAxes: [0, 1]
        case is Sum where node.inputs.count == 2: [0, 1]
        case is any RangedOperator where node.operatorName == "QLinearAdd": [0, 3]
        default: []
        }
    }

    private func rewrite(_ sum: Int, _ view: GraphView) -> (rewrite: Rewrite, sum: Int)? {
        let node = view.graph.nodes[sum], operands = FuseResidual.operands(of: node)
        guard operands.count == 2, let type = view.types?.knownType(node.inputs[operands[0]]), type.shape.rank > 2,
            type == view.types?.knownType(node.inputs[operands[1]])
        else { return nil }
        // The later of the two convolutions, so that the other branch can run in parallel with the nodes before it.
        let makers = operands.compactMap { input in
            view.producer(of: node.inputs[input]).map { (input: input, node: $0) }
        }
        for maker in makers.sorted(by: { $0.node > $1.node }) {
            let convolution = view.graph.nodes[maker.node]
            guard view.soleConsumer(of: convolution.outputs[0]) == sum,
                var fused = operands == [0, 1]
                    ? real(convolution, node, maker.input, type, view) : quantized(convolution, node, maker.input, view)
            else { continue }
            fused.outputs = node.outputs
            var rewrite = Rewrite("fuse \(node.name) into \(convolution.name)", removed: [maker.node, sum])
            // At the position of the sum, where both branches are available.
            rewrite.added.append((sum, fused))
            return (rewrite, sum)
        }
        return nil
    }

    /// The convolution that makes input `own` of a sum, with the other input as residual.
    private func real(_ convolution: Node, _ sum: Node, _ own: Int, _ type: TensorType, _ view: GraphView) -> Node? {
        guard var conv = convolution.operation as? Conv, conv.ending == .none,
            conv.groups == 1 || isDepthwise(convolution, type, view), conv.outputFilters == nil, !conv.addsResidual
        else { return nil }
        conv.addsResidual = true
        conv.ending = (sum.operation as? any ActivatingOperator)?.ending ?? .none
        var fused = convolution
        fused.operation = conv
        fused.inputs += [ValueID?](repeating: nil, count: 3 - fused.inputs.count) + [sum.inputs[1 - own]]
        return fused
    }

    /// The same for 8-bit numbers.
    private func quantized(_ convolution: Node, _ sum: Node, _ own: Int, _ view: GraphView) -> Node? {
        func equals(_ index: Int, _ other: Int) -> Bool {
            if index < convolution.inputs.count, convolution.inputs[index] == sum.inputs[other] { return true }
            guard let a = view.constant(convolution, index), let b = view.constant(sum, other) else { return false }
            return (try? a.integers() == b.integers())
                ?? (try? a.elements(as: Float.self) == b.elements(as: Float.self))
                ?? false
        }
        // The sum must read its operand with the scale and zero point with which the convolution stores it.
        guard let conv = convolution.operation as? any ResidualOperator,
            let added = sum.operation as? any RangedOperator,
            equals(6, own + 1), equals(7, own + 2), let operation = conv.addingResidual(range: added.storedRange)
        else { return nil }
        let other = 3 - own
        var fused = convolution
        fused.operation = operation
        fused.inputs += [ValueID?](repeating: nil, count: 9 - fused.inputs.count)
        // The sum's zero point may be left out.
        fused.inputs += sum.inputs[other...other + 2] + [sum.inputs[6], sum.inputs.count > 7 ? sum.inputs[7] : nil]
        return fused
    }

    /// Whether there is one filter per channel. Of the convolutions in groups, only the kernel for these can add a
    /// residual.
    private func isDepthwise(_ node: Node, _ type: TensorType, _ view: GraphView) -> Bool {
        (node.operation as? Conv)?.groups == type.shape[1] && view.constant(node, 1)?.shape[1] == 1
    }
}
