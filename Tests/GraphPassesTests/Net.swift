import DeeperGraphs
import DeeperTensors
import DeeperTestSupport

/// Builds small networks with seeded weights, and keeps seeded inputs to run them on.
struct Net {
    var graph: Graph
    var generator: SeededGenerator
    /// A tensor for every input.
    private(set) var inputs: [String: Tensor] = [:]

    init(seed: UInt64 = 1) {
        graph = Graph(name: "seed \(seed)")
        generator = SeededGenerator(seed: seed)
    }

    /// An input of float32 whose first extent is open, unless `isFixed`.
    mutating func input(_ shape: [Int], isFixed: Bool = false) throws -> ValueID {
        let dimensions = shape.enumerated().map { axis, extent in
            axis == 0 && !isFixed ? DeclaredDimension.symbol("N") : .fixed(extent)
        }
        let values = generator.floats(shape.reduce(1, *))
        return try input(try Tensor(values, shape: Shape(shape)), DeclaredType(.float32, dimensions))
    }

    /// An input of float32 of which only the channels are declared.
    mutating func open(_ shape: [Int]) throws -> ValueID {
        let dimensions = shape.enumerated().map { axis, extent in axis == 1 ? DeclaredDimension.fixed(extent) : .unknown
        }
        let values = generator.floats(shape.reduce(1, *))
        return try input(try Tensor(values, shape: Shape(shape)), DeclaredType(.float32, dimensions))
    }

    /// An input that is run on a given value.
    mutating func input(_ tensor: Tensor, _ type: DeclaredType? = nil) throws -> ValueID {
        let name = "input \(graph.inputs.count)"
        let value = graph.makeValue(name)
        let fixed = DeclaredType(tensor.elementType, tensor.shape.dimensions.map { .fixed($0) })
        graph.inputs.append(GraphInput(value: value, type: type ?? fixed))
        inputs[name] = tensor
        return value
    }

    /// A constant of random numbers in -1..<1.
    mutating func weights(_ shape: [Int]) throws -> ValueID {
        constant(try Tensor(generator.floats(shape.reduce(1, *)), shape: Shape(shape)))
    }

    mutating func constant(_ tensor: Tensor) -> ValueID {
        let value = graph.makeValue("constant \(graph.constants.count)")
        graph.constants[value] = tensor
        return value
    }

    mutating func integers(_ values: Int...) throws -> ValueID {
        constant(try Tensor(values.map(Int64.init), shape: [values.count]))
    }

    mutating func scalar(_ value: Float) throws -> ValueID { constant(try Tensor(scalar: value)) }

    mutating func node(
        _ operatorName: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        domain: String = "", opset: Int = 13
    ) throws -> ValueID {
        try nodes(operatorName, inputs, attributes, domain: domain, opset: opset, outputCount: 1)[0]
    }

    mutating func nodes(
        _ operatorName: String, _ inputs: [ValueID?], _ attributes: [String: AttributeValue] = [:],
        domain: String = "", opset: Int = 13, outputCount: Int
    ) throws -> [ValueID] {
        let name = "\(operatorName.lowercased()) \(graph.nodes.count)"
        let operation = try OperatorCatalog.make(
            operatorName, node: name, domain: domain, opset: opset, attributes: attributes, inputCount: inputs.count,
            outputCount: outputCount)
        let outputs = (0..<outputCount).map { graph.makeValue($0 == 0 ? name : "\(name):\($0)") }
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: inputs, outputs: outputs,
                form: NodeForm(opset: opset, domain: domain, attributes: attributes)))
        return outputs
    }

    /// A convolution from and to the given numbers of channels.
    mutating func conv(
        _ x: ValueID, _ channels: Int, to filters: Int, kernel: [Int] = [1, 1], bias: Bool = false,
        _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        var groups = 1
        if case .int(let value)? = attributes["group"] { groups = value }
        var operands: [ValueID?] = [x, try weights([filters, channels / groups] + kernel)]
        if bias { operands.append(try weights([filters])) }
        return try node("Conv", operands, attributes)
    }

    /// A batch normalisation with variances in 0.25..<1.25.
    mutating func batchNorm(_ x: ValueID, _ channels: Int, statistics: [ValueID]? = nil) throws -> ValueID {
        let variances = generator.floats(channels).map { ($0 + 1) / 2 + 0.25 }
        let variance = constant(try Tensor(variances, shape: [channels]))
        let rest = try (0..<3).map { _ in try weights([channels]) }
        return try node("BatchNormalization", [x] + (statistics ?? rest + [variance]))
    }

    /// An If over two values; the condition is an input that holds.
    mutating func choice(_ whenTrue: ValueID, _ whenFalse: ValueID) throws -> ValueID {
        let condition = try input(try Tensor([true], shape: [1]))
        let name = "if \(graph.nodes.count)"
        let output = graph.makeValue(name)
        graph.nodes.append(
            Node(name: name, operation: If(), inputs: [condition, whenTrue, whenFalse], outputs: [output]))
        return output
    }

    mutating func output(_ values: ValueID...) { graph.outputs += values }
}
