public import DeeperTensors

/// Builds a ``Graph`` node by node. Importers and the built-in networks use it.
public struct GraphBuilder {
    public private(set) var graph: Graph
    /// The version of ONNX's operator set that the attributes follow.
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
    /// - Throws: the error of reading the attributes.
    public mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        try nodes(operatorName, name, inputs, attributes, outputCount: 1)[0]
    }

    /// Adds a node with several outputs: the first takes the node's name, the others add a number to it.
    ///
    /// - Parameter domain: the operator's domain; empty for ONNX's own.
    /// - Throws: the error of reading the attributes.
    public mutating func nodes(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        outputCount: Int, domain: String = ""
    ) throws -> [ValueID] {
        let operation = try OperatorCatalog.make(
            operatorName, node: name, domain: domain, opset: opset, attributes: attributes, inputCount: inputs.count,
            outputCount: outputCount)
        return add(
            operation, name, inputs, outputCount, form: NodeForm(opset: opset, domain: domain, attributes: attributes))
    }

    /// Adds a node with one output and an existing operator. For importers of formats other than ONNX.
    public mutating func node(_ operation: some Operator, _ name: String, _ inputs: [ValueID?]) -> ValueID {
        nodes(operation, name, inputs, outputCount: 1)[0]
    }

    /// Adds a node with several outputs and an existing operator.
    ///
    /// - Precondition: the operator allows these numbers of inputs and outputs.
    public mutating func nodes(
        _ operation: some Operator, _ name: String, _ inputs: [ValueID?], outputCount: Int
    ) -> [ValueID] {
        let kind = type(of: operation)
        precondition(kind.inputCount.contains(inputs.count) && kind.outputCount.contains(outputCount))
        return add(
            operation, name, inputs, outputCount,
            form: operation.attributes.map { NodeForm(opset: opset, attributes: $0) })
    }

    private mutating func add(
        _ operation: any Operator, _ name: String, _ inputs: [ValueID?], _ outputCount: Int, form: NodeForm?
    ) -> [ValueID] {
        let outputs = (0..<outputCount).map { graph.makeValue($0 == 0 ? name : "\(name):\($0)") }
        graph.nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs, form: form))
        return outputs
    }

    public mutating func output(_ value: ValueID) { graph.outputs.append(value) }
}
