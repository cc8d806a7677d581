public import DeeperGraphs
import DeeperKernels
import DeeperPasses

extension Model {
    /// Whether the network multiplies 8-bit numbers, as quantised networks do.
    ///
    /// - Throws: as reading the weights of a quantised network.
    public func multipliesIntegers() throws -> Bool {
        try countedGraph().nodes.contains { node in
            let name = node.operatorName
            return name.hasSuffix("Integer")
                || name.hasPrefix("QLinear") && ["Conv", "MatMul", "Gemm"].contains(name.dropFirst("QLinear".count))
        }
    }

    /// The graph whose operations are counted: the model's own, or, where QuantizeLinear and DequantizeLinear nodes say
    /// that it multiplies 8-bit numbers, one with operators that do so. Layers keep their names.
    ///
    /// - Throws: the errors of reading the weights of a quantised network.
    public func countedGraph() throws -> Graph {
        guard graph.nodes.contains(where: { $0.operatorName == "DequantizeLinear" }) else { return graph }
        let evaluator = Evaluator(try KernelOptions(.auto))
        var driver = PassDriver(passes: PassPipeline.countingPasses, evaluator: evaluator)
        return try driver.run(graph).graph
    }
}
