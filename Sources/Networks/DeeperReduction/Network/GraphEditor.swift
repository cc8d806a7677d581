import DeeperGraphs
import DeeperTensors

/// Replaces convolutions in a graph by factored ones.
struct GraphEditor {
    private(set) var graph: Graph

    init(_ graph: Graph) { self.graph = graph }

    /// - Parameter layer: a layer of the original graph. The last part computes the layer's output value.
    mutating func replace(_ layer: ConvolutionLayer, by factored: FactoredConvolution) throws {
        guard let index = graph.nodes.firstIndex(where: { $0.outputs.first == layer.output }) else {
            throw DeeperError(.internalFault, "the node is gone")
        }
        let node = graph.nodes[index]
        var nodes: [Node] = []
        var input = node.inputs[0]
        for (number, part) in factored.parts.enumerated() {
            let isLast = number == factored.parts.count - 1
            let name = node.name + part.suffix
            var inputs = [input, constant("\(name)_w", try Tensor(part.weights, shape: Shape(validating: part.shape)))]
            if isLast, node.inputs.count > 2 || factored.bias.contains(where: { $0 != 0 }) {
                inputs.append(constant("\(name)_b", try Tensor(factored.bias, shape: [factored.bias.count])))
            }
            let output = isLast ? node.outputs[0] : graph.makeValue(name)
            let operation = try OperatorCatalog.make(
                Conv.name, node: name, opset: layer.opset, attributes: part.attributes, inputCount: inputs.count,
                outputCount: 1)
            nodes.append(
                Node(
                    name: name, operation: operation, inputs: inputs, outputs: [output],
                    form: NodeForm(opset: layer.opset, attributes: part.attributes)))
            input = output
        }
        graph.nodes.replaceSubrange(index...index, with: nodes)
    }

    private mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
        let value = graph.makeValue(name)
        graph.constants[value] = tensor
        return value
    }
}
