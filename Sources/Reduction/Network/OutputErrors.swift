public import Deeper
public import Graphs
public import Tensors

extension ReducedNetwork {
    /// How far the reduced layers' outputs are from the original's, with all reductions before them: the root mean
    /// square of the difference over that of the original's outputs around their mean, by the layer's name.
    ///
    /// - Parameters:
    ///   - original: the graph that was reduced.
    ///   - batches: inputs to run both with.
    public func outputErrors(
        against original: Graph, on batches: [[String: Tensor]], options: EngineOptions
    ) throws -> [String: Double] {
        let changed = layers.filter { !$0.ranks.isEmpty }
        guard !changed.isEmpty else { return [:] }
        func engine(_ graph: Graph) throws -> (Engine, [String: String]) {
            var part = graph
            let nodes = try changed.map { layer in
                guard let node = graph.nodes.first(where: { $0.name == layer.name }), let output = node.outputs[0]
                else { throw DeeperError(.internalFault, "the layer \(layer.name) is gone") }
                return (layer.name, output)
            }
            part.outputs = nodes.map(\.1)
            part.declaredOutputs = [:]
            let names = nodes.map { ($0.0, graph.name(of: $0.1)) }
            return (try Engine(Model(graph: part), options: options), Dictionary(names) { first, _ in first })
        }
        let (whole, wholeNames) = try engine(original)
        let (parts, partNames) = try engine(graph)
        var sums: [String: (difference: Double, square: Double, sum: Double, count: Double)] = [:]
        for batch in batches {
            let (a, b) = (try whole.run(batch), try parts.run(batch))
            for layer in changed {
                guard let first = wholeNames[layer.name].flatMap({ a[$0] }),
                    let second = partNames[layer.name].flatMap({ b[$0] })
                else { continue }
                var entry = sums[layer.name] ?? (0, 0, 0, 0)
                for (x, y) in zip(try first.elements(as: Float.self), try second.elements(as: Float.self)) {
                    entry.difference += Double(x - y) * Double(x - y)
                    entry.square += Double(x) * Double(x)
                    entry.sum += Double(x)
                    entry.count += 1
                }
                sums[layer.name] = entry
            }
        }
        return sums.mapValues { entry in
            let variance = entry.square - entry.sum * entry.sum / max(1, entry.count)
            return variance <= 0 ? 0 : (entry.difference / variance).squareRoot()
        }
    }
}
