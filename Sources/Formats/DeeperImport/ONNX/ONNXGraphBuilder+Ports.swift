import DeeperGraphs
import DeeperTensors

/// The inputs and outputs of the model, and their types.
extension ONNXGraphBuilder {
    /// Adds an input. Old models also list their initializers among the inputs; these stay constants.
    mutating func add(_ input: Onnx_ValueInfoProto) throws {
        let type = try declaredType(input)
        if let value = scopes[0].values[input.name], graph.constants[value] != nil {
            guard !graph.inputs.contains(where: { $0.value == value }) else {
                throw DeeperError(.invalidModel, "the input is listed twice")
            }
            let widened = widens && type.elementType.isHalf ? DeclaredType(.float32, type.dimensions) : type
            graph.inputs.append(GraphInput(value: value, type: widened))
            return
        }
        let value = try define(input.name)
        graph.inputs.append(GraphInput(value: value, type: type))
        if widens, type.elementType.isHalf {
            scopes[0].values[input.name] = try cast(value, to: .float32, named: "\(input.name)/float32")
        }
    }

    mutating func add(output: Onnx_ValueInfoProto) throws {
        guard let value = scopes[0].values[output.name] else {
            throw DeeperError(.invalidModel, "output \(output.name.quotedForMessage) is made by no node")
        }
        let type = output.hasType ? try? declaredType(output) : nil
        var result = value
        if widens, let type, type.elementType.isHalf {
            result = try narrowed(value, output.name, type.elementType)
        } else if graph.name(of: value) != output.name {
            // The value is an input of a function, or comes from outside a branch, and is also its output.
            result = try add("Identity", of: value, named: output.name)
        }
        graph.outputs.append(result)
        if let type { graph.declaredOutputs[result] = type }
    }

    // MARK: 16-bit floats

    // 16-bit floats are computed in float32: weights are widened when they are read, inputs by a Cast after them, and a
    // Cast before each output narrows it again. Where the nodes in between refer to a 16-bit type, float32 is used.

    private mutating func cast(_ value: ValueID, to type: ElementType, named name: String) throws -> ValueID {
        try add("Cast", of: value, named: name, ["to": .int(type.onnxCode)])
    }

    /// The value of an output in the type that the model declares for it, under the output's name.
    private mutating func narrowed(_ value: ValueID, _ name: String, _ type: ElementType) throws -> ValueID {
        // An output may also be an input, which was given another name when it was widened.
        if graph.name(of: value) == name { graph.rename(value, "\(name)/float32") }
        return try cast(value, to: type, named: name)
    }

    /// Adds a node that is not in the file.
    private mutating func add(
        _ operatorName: String, of value: ValueID, named name: String, _ attributes: [String: AttributeValue] = [:]
    ) throws -> ValueID {
        let opset = scopes[0].opset
        let operation = try OperatorCatalog.make(
            operatorName, node: name, opset: opset, attributes: attributes, inputCount: 1, outputCount: 1)
        let result = graph.makeValue(name)
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: [value], outputs: [result],
                form: NodeForm(opset: opset, attributes: attributes)))
        return result
    }

    // MARK: types

    private func declaredType(_ info: Onnx_ValueInfoProto) throws -> DeclaredType {
        guard info.hasType, let kind = info.type.value else { throw DeeperError(.invalidModel, "no type is given") }
        guard case .tensorType(let tensor) = kind else {
            throw DeeperError(.unsupported, "the value is a sequence, map or optional; only tensors are supported")
        }
        let element = try ElementType(onnx: Int(tensor.elemType))
        guard tensor.hasShape else { return DeclaredType(element, nil) }
        let dimensions = tensor.shape.dim.map { dimension -> DeclaredDimension in
            switch dimension.value {
            case .dimValue(let extent) where extent >= 0: .fixed(Int(extent))
            // Exporters also write "?" and formulas; dimensions with the same such text are not necessarily equal.
            case .dimParam(let name) where name.namesDimension: .symbol(name)
            default: .unknown
            }
        }
        return DeclaredType(element, dimensions)
    }
}

extension String {
    /// Whether the text names a dimension. ONNX requires C identifiers. Exporters also write dots and other marks
    /// between words, but a text without letters, such as `?` or `-1`, means that the dimension is unknown.
    fileprivate var namesDimension: Bool { unicodeScalars.contains { $0.properties.isAlphabetic } }
}
