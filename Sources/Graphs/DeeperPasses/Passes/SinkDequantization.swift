import DeeperGraphs
import DeeperTensors

/// Moves a DequantizeLinear after nodes that only move numbers, so that these work on 8 bits, and so that products that
/// read their results find a DequantizeLinear. NNCF writes none after a pooling or a concatenation.
struct SinkDequantization: Pass {
    static let name = "move 8-bit numbers before they are made real"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        guard view.graph.nodes.contains(where: { $0.operatorName == "DequantizeLinear" }) else { return [] }
        return try view.graph.nodes.indices.compactMap { try rewrite($0, view) }
    }

    private func rewrite(_ index: Int, _ view: GraphView) throws -> Rewrite? {
        let node = view.graph.nodes[index]
        guard node.form != nil, node.outputs.count == 1, let output = node.outputs[0],
            !view.consumers(of: output).isEmpty
        else { return nil }
        // A concatenation moves all of its inputs, the other nodes only the first one.
        let count = node.operatorName == "Concat" ? node.inputs.count : 1
        guard count > 1 || FoldQuantization.movements.contains(node.operatorName) else { return nil }
        var sources: [QuantizedValue] = []
        for input in node.inputs.prefix(count) {
            guard let source = try QuantizedValue(dequantizedTo: input, view), source.hasOneScale,
                sources.allSatisfy(source.isQuantized)
            else { return nil }
            sources.append(source)
        }
        guard let maker = view.producer(of: node.inputs[0]) else { return nil }
        var rewrite = Rewrite("\(node.name) on \(sources[0].type.rawValue)", relied: [maker])
        let stored = rewrite.value("\(node.name) stored", in: view)
        var moved = node
        moved.inputs.replaceSubrange(0..<count, with: sources.map(\.stored))
        moved.outputs = [stored]
        var real = view.graph.nodes[maker]
        real.inputs[0] = stored
        real.outputs = node.outputs
        rewrite.exchange(index, for: moved)
        rewrite.added.append((index, real))
        return rewrite
    }
}
