internal import GraphPasses
public import Graphs
internal import Kernels

extension Checkpoint {
    /// The network for inference: the first output alone, auxiliary heads and dropout gone, batch normalisations folded
    /// into their convolutions.
    ///
    /// - Parameter isAveraged: whether weights are the average over the last steps, where the training kept one.
    /// - Throws: `invalidInput` if the checkpoint lacks a weight of its network.
    public func inferenceGraph(isAveraged: Bool = true) throws -> Graph {
        var graph = try TrainingRun.graph(configuration)
        let names = Set(weightNames)
        for value in graph.constants.keys where names.contains(graph.name(of: value)) {
            graph.constants[value] = try weight(graph.name(of: value), isAveraged: isAveraged)
        }
        graph.outputs = Array(graph.outputs.prefix(1))
        if graph.name.hasSuffix("-train") { graph.name.removeLast("-train".count) }
        var driver = PassDriver(passes: PassPipeline.exportPasses, options: try KernelOptions(.auto))
        return try driver.run(graph).graph
    }
}
