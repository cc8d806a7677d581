import DeeperGraphs
import DeeperTensors

/// Moves the border of a Pad into the convolution or pooling after it.
struct FoldPadIntoWindow: Pass {
    static let name = "fold Pad into Conv and Pool"

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        var result: [Rewrite] = []
        for (index, node) in view.graph.nodes.enumerated() {
            guard let pad = node.operation as? Pad, let output = node.outputs[0],
                let consumer = view.soleConsumer(of: output), view.graph.nodes[consumer].inputs[0] == output,
                let padded = try fold(pad, node, into: view.graph.nodes[consumer], view)
            else { continue }
            var rewrite = Rewrite("fold \(node.name) into \(view.graph.nodes[consumer].name)", removed: [index])
            rewrite.exchange(consumer, for: padded)
            result.append(rewrite)
        }
        return result
    }

    private func fold(_ pad: Pad, _ node: Node, into consumer: Node, _ view: GraphView) throws -> Node? {
        // A Pad with computed border values or axes is kept.
        for input in 1..<max(1, node.inputs.count) where node.inputs[input] != nil {
            guard view.constant(node, input) != nil else { return nil }
        }
        guard pad.mode == .constant else { return nil }
        let fill = try pad.fill(view.constant(node, 2))
        var result = consumer
        result.inputs[0] = node.inputs[0]
        switch consumer.operation {
        case var conv as Conv:
            guard fill == 0, let weights = view.constant(consumer, 1),
                let pads = try border(pad, node, weights.shape.rank, conv.window, view)
            else { return nil }
            conv.window.pads = pads
            result.exchange(conv)
        case var pool as MaxPool:
            // Only a border that can never be the maximum is equivalent to padding. Moreover, positions count its
            // elements, and with rounding up, a last window may start in it.
            guard fill == -.infinity, consumer.outputs.count == 1, !pool.window.ceilMode,
                let rank = pool.window.kernelShape.map({ $0.count + 2 }),
                let pads = try border(pad, node, rank, pool.window, view)
            else { return nil }
            pool.window.pads = pads
            result.exchange(pool)
        case var pool as AveragePool:
            // The Pad's zeros count as elements, so they cannot be combined with padding that does not count.
            let hasPads = pool.window.pads?.contains { $0 != 0 } ?? false
            guard fill == 0, pool.includesPadding || !hasPads, !pool.window.ceilMode,
                let rank = pool.window.kernelShape.map({ $0.count + 2 }),
                let pads = try border(pad, node, rank, pool.window, view)
            else { return nil }
            pool.window.pads = pads
            pool.includesPadding = true
            result.exchange(pool)
        default: return nil
        }
        return result
    }

    /// The window's pads with the border added; nil if the border affects other axes or crops.
    private func border(
        _ pad: Pad, _ node: Node, _ rank: Int, _ window: WindowAttributes, _ view: GraphView
    ) throws -> [Int]? {
        guard window.autoPad == .notSet, rank > 2 else { return nil }
        let borders = try pad.borders(rank: rank, pads: view.constant(node, 1), axes: view.constant(node, 3))
        let isSpatial = borders.prefix(2).allSatisfy { $0.before == 0 && $0.after == 0 }
        guard isSpatial, borders.allSatisfy({ $0.before >= 0 && $0.after >= 0 }) else { return nil }
        let old = window.pads ?? Array(repeating: 0, count: 2 * (rank - 2))
        guard old.count == 2 * (rank - 2) else { return nil }
        return zip(old, borders.dropFirst(2).map(\.before) + borders.dropFirst(2).map(\.after)).map(+)
    }
}
