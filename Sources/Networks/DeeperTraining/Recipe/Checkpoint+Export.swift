public import DeeperGraphs
internal import DeeperKernels
internal import DeeperPasses
internal import DeeperTensors

extension Checkpoint {
    private static let trainedOperators: Set = ["Conv", "Gemm", "MatMul", "BatchNormalization"]

    /// The network for inference: only the first output, without auxiliary heads and dropout.
    ///
    /// - Parameters:
    ///   - isAveraged: whether weights are the average over the last steps, if the training kept one.
    ///   - foldsNormalization: whether batch normalisations are folded into the weights of their convolutions.
    /// - Throws: `invalidInput` if the checkpoint lacks a weight of its network, or has one that the network does not
    ///   have.
    public func inferenceGraph(isAveraged: Bool = true, foldsNormalization: Bool = true) throws -> Graph {
        let options = try KernelOptions(.auto)
        // Training uses the names that the weights have after these passes.
        var training = PassDriver(passes: PassPipeline.trainingPasses, evaluator: Evaluator(options))
        var graph = try training.run(TrainingRun.graph(configuration)).graph
        let values = Dictionary(grouping: graph.constants.keys) { graph.name(of: $0) }
        for name in weightNames {
            let weight = try weight(name, isAveraged: isAveraged)
            guard let places = values[name], places.count == 1, let old = graph.constants[places[0]],
                old.shape == weight.shape, old.elementType == weight.elementType
            else {
                throw DeeperError(
                    .invalidInput, "\(configuration.network) has no weight of shape \(weight.shape) of this name"
                ).within("weight \"\(name)\"")
            }
            graph.constants[places[0]] = weight
        }
        let names = Set(weightNames)
        for node in graph.nodes where Checkpoint.trainedOperators.contains(node.operatorName) {
            for value in node.inputs.dropFirst().compactMap({ $0 })
            where graph.constants[value] != nil && !names.contains(graph.name(of: value)) {
                throw DeeperError(.invalidInput, "the checkpoint has no such weight")
                    .within("weight \"\(graph.name(of: value))\"")
            }
        }
        graph.outputs = Array(graph.outputs.prefix(1))
        if graph.name.hasSuffix("-train") { graph.name.removeLast("-train".count) }
        let passes = foldsNormalization ? PassPipeline.exportPasses : PassPipeline.pruningPasses
        var driver = PassDriver(passes: passes, evaluator: Evaluator(options))
        return try driver.run(graph).graph
    }
}
