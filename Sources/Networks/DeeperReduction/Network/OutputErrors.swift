public import Deeper
internal import DeeperAlgebra
public import DeeperGraphs
public import DeeperTensors

extension ReducedNetwork {
    /// The relative error of each reduced layer's outputs, with all reductions before it, by the layer's name: the root
    /// mean square of the difference from the original outputs, divided by that of the original outputs' deviation from
    /// their mean.
    ///
    /// - Parameters:
    ///   - original: the graph that was reduced.
    ///   - batches: inputs to run both networks on.
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
            let (a, b) = (try whole.runBlocking(batch), try parts.runBlocking(batch))
            for layer in changed {
                guard let first = a[original.name(of: layer.output)], let second = b[graph.name(of: layer.output)]
                else { throw DeeperError(.internalFault, "the output of \(layer.name) is gone") }
                try sums[layer.name, default: DifferenceSums()].add(first, second)
            }
        }
        return sums.mapValues(\.relativeError)
    }
}
