import DeeperGraphs
import DeeperTensors

/// Nodes that are replaced by others: calls of functions, operators that ONNX Runtime has fused, and Ifs.
extension ONNXGraphBuilder {
    /// The nodes that replace a node; nil for an operator.
    ///
    /// - Throws: `invalidModel` for a function that calls itself, directly or through others.
    func body(of proto: Onnx_NodeProto) throws -> ONNXBody? {
        let key = ONNXFunctions.Key(proto)
        // Files define deeper's operators for other engines.
        let isOwn =
            proto.domain == OperatorCatalog.deeperDomain && OperatorCatalog.knows(proto.opType, domain: proto.domain)
        if !isOwn, let function = functions[key] {
            guard !calls.contains(key) else { throw DeeperError(.invalidModel, "\(key.label) calls itself") }
            return try locating(key.label) {
                try ONNXFunctions.body(of: function, given: try resolvedAttributes(proto))
            }
        }
        let opset = scopes[scopes.count - 1].opset
        return try ONNXRuntimeFusion(proto)?.body(of: proto, try resolvedAttributes(proto), opset: opset)
    }

    /// Adds the nodes that replace a node.
    mutating func add(_ body: ONNXBody, for proto: Onnx_NodeProto, named name: String) throws {
        guard proto.input.count <= body.inputs.count, proto.output.count <= body.outputs.count else {
            throw DeeperError(
                .invalidModel,
                "\(proto.input.count) inputs and \(proto.output.count) outputs, there are \(body.inputs.count) and "
                    + "\(body.outputs.count)")
        }
        var scope = ONNXScope(
            opset: body.opset ?? scopes[scopes.count - 1].opset, prefix: name + "/", attributes: body.attributes)
        for (index, input) in body.inputs.enumerated() {
            if index < proto.input.count, let value = try find(proto.input[index]) {
                scope.values[input] = value
            } else {
                scope.absent.insert(input)
            }
        }
        calls.append(ONNXFunctions.Key(proto))
        defer { calls.removeLast() }
        try enter(scope, outputs: zip(body.outputs, proto.output).map { (inner: $0, outer: $1) }) {
            try $0.add(body.nodes)
        }
    }

    /// Adds an If: only the branch that it takes if the condition follows from constants and fixed extents, otherwise
    /// both branches.
    mutating func add(branching proto: Onnx_NodeProto, named name: String) throws {
        let attributes = try resolvedAttributes(proto)
        func branch(_ name: String) throws -> Onnx_GraphProto {
            guard let attribute = attributes.first(where: { $0.name == name }), attribute.hasG else {
                throw DeeperError(.invalidModel, "attribute \(name) is required, a graph")
            }
            let graph = attribute.g
            guard graph.input.isEmpty, proto.output.count <= graph.output.count else {
                throw DeeperError(
                    .invalidModel,
                    "\(name) has \(graph.input.count) inputs and \(graph.output.count) outputs, expected 0 and "
                        + "\(proto.output.count)")
            }
            return graph
        }
        let (whenTrue, whenFalse) = (try branch("then_branch"), try branch("else_branch"))
        guard proto.input.count == 1, let condition = try find(proto.input[0]) else {
            throw DeeperError(.invalidModel, "\(proto.input.count) inputs, expected 1")
        }
        guard let value = known.value(of: condition, in: graph) else {
            return try add(bothOf: (whenTrue, whenFalse), choosing: condition, for: proto, named: name)
        }
        guard value.elementType == .bool, value.shape.elementCount == 1 else {
            throw DeeperError(
                .invalidModel, "the condition is \(value.elementType)\(value.shape), expected one bool")
        }
        let taken = try value.elements(as: Bool.self)[0] ? whenTrue : whenFalse
        try enter(
            scope(prefix: name + "/"), outputs: zip(taken.output, proto.output).map { (inner: $0.name, outer: $1) }
        ) { try $0.add(taken) }
    }

    /// Adds the nodes of both branches, which keep their names, and for each output one node that chooses between the
    /// results of the branches.
    private mutating func add(
        bothOf branches: (whenTrue: Onnx_GraphProto, whenFalse: Onnx_GraphProto), choosing condition: ValueID,
        for proto: Onnx_NodeProto, named name: String
    ) throws {
        let wanted = proto.output.indices.filter { !proto.output[$0].isEmpty }
        let results = try [branches.whenTrue, branches.whenFalse].map { branch in
            try enter(scope(prefix: scopes[scopes.count - 1].prefix)) { builder in
                try builder.add(branch)
                return try wanted.map { try builder.result(branch.output[$0].name) }
            }
        }
        let form = NodeForm(opset: scopes[scopes.count - 1].opset, attributes: [:])
        for (place, output) in wanted.enumerated() {
            let result = try define(proto.output[output])
            graph.nodes.append(
                Node(
                    name: name, operation: If(), inputs: [condition, results[0][place], results[1][place]],
                    outputs: [result], form: form))
        }
    }

    /// A scope for a branch, in which the values of the surrounding scope are visible.
    private func scope(prefix: String) -> ONNXScope {
        let around = scopes[scopes.count - 1]
        return ONNXScope(opset: around.opset, prefix: prefix, attributes: around.attributes, seesAround: true)
    }

    private mutating func add(_ branch: Onnx_GraphProto) throws {
        try add(branch.initializer, branch.sparseInitializer)
        try add(branch.node)
    }
}
