internal import DeeperGraphs
internal import DeeperTensors

/// Inserts QuantizeLinear and DequantizeLinear around the operators of a scheme, the form of a quantised network that
/// every engine reads.
struct QDQWriter {
    private(set) var graph: Graph
    private let scheme: QuantizationScheme
    private let scales: [ValueID: ByteScale]
    private let opset: Int
    /// The output of DequantizeLinear for each quantised value.
    private(set) var reals: [ValueID: ValueID] = [:]

    /// - Parameters:
    ///   - graph: a graph whose nodes all have the same opset, 13 or later.
    ///   - scales: the scale of every group.
    ///   - weights: the weights of every product, by the index of its node.
    ///   - offsets: the offsets that are added to the biases of products, by the index of the node.
    init(
        _ graph: Graph, _ scheme: QuantizationScheme, _ scales: [ValueID: ByteScale],
        _ weights: [Int: QuantizedWeights], offsets: [Int: [Double]]
    ) throws {
        (self.graph, self.scheme, self.scales) = (graph, scheme, scales)
        opset = graph.nodes.first?.form?.opset ?? 13
        self.graph.nodes = []
        var parameters: [ValueID: (scale: ValueID, zero: ValueID)] = [:]
        for (group, scale) in scales.sorted(by: { $0.key.index < $1.key.index }) {
            let name = graph.name(of: group)
            parameters[group] = (
                constant(name + "_scale", try Tensor([scale.scale], shape: [])),
                constant(name + "_zero_point", try Tensor([scale.zeroPoint], shape: []))
            )
        }
        let made = Set(graph.nodes.flatMap { $0.outputs.compactMap { $0 } })
        for value in scheme.groups.keys.sorted(by: { $0.index < $1.index }) where !made.contains(value) {
            try quantize(value, parameters)
        }
        let producers = Set(scheme.results.values)
        var waiting: [ValueID] = []
        for (index, node) in graph.nodes.enumerated() {
            var own = node
            let role = scheme.roles[index]
            own.inputs = node.inputs.map { input in
                guard let input, let real = reals[input] else { return input }
                // Nodes that are left in float32 read the original value, unless it is computed from 8-bit numbers.
                return role != nil || producers.contains(input) && !graph.outputs.contains(input) ? real : input
            }
            if case .product(let axis)? = role, let operand = node.inputs[0], let weights = weights[index] {
                try quantizeWeights(&own, weights, axis: axis, scale: try scale(of: operand), offset: offsets[index])
            }
            self.graph.nodes.append(own)
            waiting += node.outputs.compactMap { $0 }.filter { scheme.groups[$0] != nil }
            // The nodes of an If with several outputs stay next to each other.
            let next = index + 1 < graph.nodes.count ? graph.nodes[index + 1] : nil
            if node.operation is If, next?.operation is If { continue }
            for value in waiting { try quantize(value, parameters) }
            waiting = []
        }
        self.graph = self.graph.withoutUnusedConstants()
    }

    private mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
        let value = graph.makeValue(name)
        graph.constants[value] = tensor
        return value
    }

    private mutating func node(
        _ operatorName: String, _ name: String, _ inputs: [ValueID?], axis: Int? = nil
    ) throws -> ValueID {
        let attributes = axis.map { ["axis": AttributeValue.int($0)] } ?? [:]
        let output = graph.makeValue(name)
        let operation = try OperatorCatalog.make(
            operatorName, node: name, opset: opset, attributes: attributes, inputCount: inputs.count, outputCount: 1)
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: inputs, outputs: [output],
                form: NodeForm(opset: opset, attributes: attributes)))
        return output
    }

    private mutating func quantize(
        _ value: ValueID, _ parameters: [ValueID: (scale: ValueID, zero: ValueID)]
    ) throws {
        guard let group = scheme.groups[value], let (scale, zero) = parameters[group] else {
            throw DeeperError(.internalFault, "value \"\(graph.name(of: value))\" has no scale")
        }
        let name = graph.name(of: value)
        let stored = try node("QuantizeLinear", name + "_quantized", [value, scale, zero])
        reals[value] = try node("DequantizeLinear", name + "_dequantized", [stored, scale, zero])
    }

    private func scale(of value: ValueID) throws -> Float {
        guard let scale = scheme.groups[value].flatMap({ scales[$0] }) else {
            throw DeeperError(.internalFault, "value \"\(graph.name(of: value))\" has no scale")
        }
        return scale.scale
    }

    /// - Parameter scale: the scale of the operand that the weights multiply.
    private mutating func quantizeWeights(
        _ node: inout Node, _ weights: QuantizedWeights, axis: Int, scale: Float, offset: [Double]?
    ) throws {
        var bias: [Double]?
        if node.inputs.count > 2, let value = node.inputs[2], let tensor = graph.constants[value] {
            bias = try tensor.doubles()
        }
        if let offset {
            bias = zip(bias ?? Array(repeating: 0, count: offset.count), offset).map(+)
        }
        let scales = weights.scales
        let columns: Shape = [scales.count]
        let zeros = try Tensor([Int8](repeating: 0, count: scales.count), shape: columns)
        let (scaleValue, zeroValue) = (
            constant(node.name + "_weight_scale", try Tensor(scales, shape: columns)),
            constant(node.name + "_weight_zero_point", zeros)
        )
        let storedValue = constant(node.name + "_weight_quantized", try Tensor(weights.stored, shape: weights.shape))
        node.inputs[1] = try self.node(
            "DequantizeLinear", node.name + "_weight_dequantized", [storedValue, scaleValue, zeroValue], axis: axis)
        guard let bias else { return }
        let units = scales.map { $0 * scale }
        // Clamped to int32, which matters for filters that are almost zero and whose scale comes from another scheme.
        let whole = zip(bias, units).map { value, unit in
            Int32(min(max((value / Double(unit)).rounded(.toNearestOrEven), -0x1p30), 0x1p30))
        }
        let (unitValue, biasValue) = (
            constant(node.name + "_bias_scale", try Tensor(units, shape: columns)),
            constant(node.name + "_bias_quantized", try Tensor(whole, shape: columns))
        )
        let realBias = try self.node(
            "DequantizeLinear", node.name + "_bias_dequantized", [biasValue, unitValue], axis: 0)
        while node.inputs.count < 3 { node.inputs.append(nil) }
        node.inputs[2] = realBias
    }
}
