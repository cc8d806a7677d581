public import DeeperTensors

/// Builds a graph node by node: for importers and for the zoo.
public struct GraphBuilder {
    public private(set) var graph: Graph
    /// The operator set whose forms the attributes have.
    public let opset: Int

    public init(name: String, opset: Int = 13) {
        self.graph = Graph(name: name)
        self.opset = opset
    }

    public mutating func input(_ name: String, _ type: DeclaredType) -> ValueID {
        let value = graph.makeValue(name)
        graph.inputs.append(GraphInput(value: value, type: type))
        return value
    }

    public mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
        let value = graph.makeValue(name)
        graph.constants[value] = tensor
        return value
    }

    /// Adds a node with one output, which takes the node's name.
    ///
    /// - Throws: what the operator's reader says of the attributes.
    public mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        let output = graph.makeValue(name)
        let operation = try OperatorCatalog.make(
            operatorName, node: name, opset: opset, attributes: attributes, inputCount: inputs.count, outputCount: 1)
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: inputs, outputs: [output],
                form: NodeForm(opset: opset, attributes: attributes)))
        return output
    }

    public mutating func output(_ value: ValueID) { graph.outputs.append(value) }
}
