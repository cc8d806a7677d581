public import Deeper
internal import DeeperAlgebra
public import DeeperGraphs
public import DeeperTensors

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
        func engine(_ graph: Graph) throws -> Engine {
            var part = graph
            part.outputs = changed.map(\.output)
            part.declaredOutputs = [:]
            return try Engine(Model(graph: part), options: options)
        }
        let (whole, parts) = (try engine(original), try engine(graph))
        var sums: [String: DifferenceSums] = [:]
        for batch in batches {
            let (a, b) = (try whole.run(batch), try parts.run(batch))
            for layer in changed {
                guard let first = a[original.name(of: layer.output)], let second = b[graph.name(of: layer.output)]
                else { throw DeeperError(.internalFault, "the output of \(layer.name) is gone") }
                try sums[layer.name, default: DifferenceSums()].add(first, second)
            }
        }
        return sums.mapValues(\.relativeError)
    }
}
