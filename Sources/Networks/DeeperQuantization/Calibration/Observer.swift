internal import Deeper
internal import DeeperGraphs
internal import DeeperTensors

/// Runs a network and returns intermediate values that it computes.
struct Observer {
    private let engine: Engine
    /// The names of the inputs and outputs to return, in the caller's order.
    private let names: [String]

    init(_ graph: Graph, _ values: [ValueID], _ options: EngineOptions) throws {
        let inputs = Set(graph.inputs.map(\.value))
        var part = graph
        var seen: Set<ValueID> = []
        part.outputs = values.filter { !inputs.contains($0) && seen.insert($0).inserted }
        // A network of which only inputs are observed still needs outputs.
        if part.outputs.isEmpty { part.outputs = graph.outputs }
        part.declaredOutputs = [:]
        engine = try Engine(Model(graph: part), options: options)
        names = values.map { graph.name(of: $0) }
    }

    /// - Returns: one tensor for each value.
    func values(_ batch: [String: Tensor]) throws -> [Tensor] {
        let outputs = try engine.runBlocking(batch)
        return try names.map { name in
            guard let tensor = outputs[name] ?? batch[name] else {
                throw DeeperError(.internalFault, "value \"\(name)\" was not computed")
            }
            return tensor
        }
    }
}
