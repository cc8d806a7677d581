import DeeperGraphs
import DeeperTensors

/// Builds a graph from its protobuf form: names become values, attributes operators.
struct ONNXGraphBuilder {
    private let opset: Int
    private let tensors: ONNXTensorReader
    /// Whether 16-bit floats become float32; not in a graph in which they have already.
    private let widens: Bool
    private var graph = Graph(name: "")
    private var values: [String: ValueID] = [:]

    init(opset: Int, folder: String?, widens: Bool = true) {
        self.opset = opset
        self.widens = widens
        self.tensors = ONNXTensorReader(folder: folder)
    }

    /// - Parameter weights: data of initializers that is not in the message, by their numbers.
    mutating func build(_ proto: Onnx_GraphProto, weights: [Int: ONNXTensorReader.Data]) throws -> Graph {
        graph = Graph(name: proto.name)
        guard proto.sparseInitializer.isEmpty else {
            throw DeeperError(.unsupported, "sparse initializers are not supported")
        }
        for (index, initializer) in proto.initializer.enumerated() {
            try locating("initializer \(initializer.name.quotedForMessage)") {
                let value = try define(initializer.name)
                let tensor = try tensors.tensor(initializer, data: weights[index])
                graph.constants[value] = widens ? try tensor.widened() : tensor
            }
        }
        for input in proto.input { try locating("input \(input.name.quotedForMessage)") { try add(input) } }
        for (index, node) in proto.node.enumerated() { try add(node, index) }
        for output in proto.output {
            guard let value = values[output.name] else {
                throw DeeperError(.invalidModel, "output \(output.name.quotedForMessage) is made by no node")
            }
            let type = output.hasType ? try? declaredType(output) : nil
            let result =
                try type.map {
                    widens && $0.elementType.isHalf ? try narrowed(value, output.name, $0.elementType) : value
                }
                ?? value
            graph.outputs.append(result)
            if let type { graph.declaredOutputs[result] = type }
        }
        try graph.verify()
        return graph
    }

    private mutating func define(_ name: String) throws -> ValueID {
        guard !name.isEmpty else { throw DeeperError(.invalidModel, "a value has no name") }
        guard values[name] == nil else {
            throw DeeperError(.invalidModel, "value \(name.quotedForMessage) is defined twice")
        }
        let value = graph.makeValue(name)
        values[name] = value
        return value
    }

    /// Old models list their initializers among the inputs; these stay constants.
    private mutating func add(_ input: Onnx_ValueInfoProto) throws {
        let type = try declaredType(input)
        if let value = values[input.name], graph.constants[value] != nil {
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
            values[input.name] = try cast(value, to: .float32, named: "\(input.name)/float32")
        }
    }

    // MARK: 16-bit floats

    // They are computed with in float32: weights are widened when they are read, inputs by a Cast after them, and
    // a Cast before each output narrows it again. What the nodes in between say of 16 bits is taken for float32.

    private mutating func cast(_ value: ValueID, to type: ElementType, named name: String) throws -> ValueID {
        let attributes: [String: AttributeValue] = ["to": .int(type.onnxCode)]
        let operation = try OperatorCatalog.make(
            "Cast", node: name, opset: opset, attributes: attributes, inputCount: 1, outputCount: 1)
        let result = graph.makeValue(name)
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: [value], outputs: [result],
                form: NodeForm(opset: opset, attributes: attributes)))
        return result
    }

    /// The value of an output in the type that the model declares for it, under the output's name.
    private mutating func narrowed(_ value: ValueID, _ name: String, _ type: ElementType) throws -> ValueID {
        // An output may be an input, which was given another name when it was widened.
        if graph.name(of: value) == name { graph.rename(value, "\(name)/float32") }
        return try cast(value, to: type, named: name)
    }

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
            case .dimParam(let name) where !name.isEmpty: .symbol(name)
            default: .unknown
            }
        }
        return DeclaredType(element, dimensions)
    }

    private mutating func add(_ proto: Onnx_NodeProto, _ index: Int) throws {
        let fallback = proto.output.first { !$0.isEmpty } ?? "#\(index)"
        let name = proto.name.isEmpty ? fallback : proto.name
        func place() -> String { "node \(name.quotedForMessage) (\(proto.opType))" }
        var inputs: [ValueID?] = try proto.input.map { input -> ValueID? in
            if input.isEmpty { return nil }
            guard let value = values[input] else {
                throw DeeperError(
                    .invalidModel, "input \(input.quotedForMessage) is made by no node before this one"
                ).within(place())
            }
            return value
        }
        while let last = inputs.last, last == nil { inputs.removeLast() }
        var names = proto.output
        // Unused outputs at the end are dropped, except where their number matters: Split makes one part for each.
        if !OperatorCatalog.countsOutputs(proto.opType) {
            while names.last?.isEmpty == true { names.removeLast() }
        }
        var attributes = try locating(place()) { try self.attributes(proto) }
        if widens, proto.opType == "Cast", case .int(let code)? = attributes["to"],
            (try? ElementType(onnx: code))?.isHalf == true
        {
            attributes["to"] = .int(ElementType.float32.onnxCode)
        }
        let operation = try OperatorCatalog.make(
            proto.opType, node: name, domain: proto.domain, opset: opset, attributes: attributes,
            inputCount: inputs.count, outputCount: names.count)
        let outputs: [ValueID?] = try locating(place()) {
            try names.map { name -> ValueID? in name.isEmpty ? nil : try define(name) }
        }
        graph.nodes.append(
            Node(
                name: name, operation: operation, inputs: inputs, outputs: outputs,
                form: NodeForm(opset: opset, attributes: attributes)))
    }

    private func attributes(_ proto: Onnx_NodeProto) throws -> [String: AttributeValue] {
        var result: [String: AttributeValue] = [:]
        for attribute in proto.attribute {
            guard result[attribute.name] == nil else {
                throw DeeperError(.invalidModel, "attribute \(attribute.name.quotedForMessage) is given twice")
            }
            result[attribute.name] = try locating("attribute \(attribute.name.quotedForMessage)") {
                try value(attribute)
            }
        }
        return result
    }

    private func value(_ attribute: Onnx_AttributeProto) throws -> AttributeValue {
        guard !attribute.hasRefAttrName else {
            throw DeeperError(.unsupported, "a reference to a function's attribute")
        }
        switch attribute.hasType ? attribute.type : impliedType(attribute) {
        case .int: return .int(Int(attribute.i))
        case .float: return .float(attribute.f)
        case .string: return .string(String(decoding: attribute.s, as: UTF8.self))
        case .ints: return .ints(attribute.ints.map(Int.init))
        case .floats: return .floats(attribute.floats)
        case .strings: return .strings(attribute.strings.map { String(decoding: $0, as: UTF8.self) })
        case .tensor: return .tensor(try tensors.tensor(attribute.t).widened())
        case .graph: return .unsupported("graph")
        case let other: return .unsupported("\(other)")
        }
    }

    /// Files before IR version 2 do not name an attribute's kind.
    private func impliedType(_ attribute: Onnx_AttributeProto) -> Onnx_AttributeProto.AttributeType {
        if attribute.hasI { return .int }
        if attribute.hasF { return .float }
        if attribute.hasS { return .string }
        if attribute.hasT { return .tensor }
        if attribute.hasG { return .graph }
        if !attribute.ints.isEmpty { return .ints }
        if !attribute.floats.isEmpty { return .floats }
        if !attribute.strings.isEmpty { return .strings }
        return .undefined
    }
}
