import DeeperGraphs
import DeeperTensors

/// Nodes that stand for others: calls of functions, what ONNX Runtime has fused, and Ifs.
extension ONNXGraphBuilder {
    /// What a node stands for; nil for an operator.
    ///
    /// - Throws: `invalidModel` for a function that calls itself, directly or by others.
    func body(of proto: Onnx_NodeProto) throws -> ONNXBody? {
        let key = ONNXFunctions.Key(proto)
        if let function = functions[key] {
            guard !calls.contains(key) else { throw DeeperError(.invalidModel, "\(key.label) calls itself") }
            return try locating(key.label) {
                try ONNXFunctions.body(of: function, given: try resolvedAttributes(proto))
            }
        }
        let opset = scopes[scopes.count - 1].opset
        return try ONNXRuntimeFusion(proto)?.body(of: proto, try resolvedAttributes(proto), opset: opset)
    }

    /// Adds what a node stands for.
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

    /// Adds the branch that an If takes.
    ///
    /// Which one must be known: a condition that is computed counts as a missing operator.
    mutating func add(branching proto: Onnx_NodeProto, named name: String) throws {
        let attributes = try resolvedAttributes(proto)
        func branch(_ name: String) throws -> Onnx_GraphProto {
            guard let attribute = attributes.first(where: { $0.name == name }), attribute.hasG else {
                throw DeeperError(.invalidModel, "attribute \(name) is required, a graph")
            }
            return attribute.g
        }
        let (whenTrue, whenFalse) = (try branch("then_branch"), try branch("else_branch"))
        guard proto.input.count == 1, let condition = try find(proto.input[0]) else {
            throw DeeperError(.invalidModel, "\(proto.input.count) inputs, expected 1")
        }
        guard let value = known.value(of: condition, in: graph) else {
            missing.add(
                proto.opType, domain: proto.domain, node: name, reason: "with a condition that is not constant")
            for branch in [whenTrue, whenFalse] { try survey(branch.node) }
            return leaveOpen(proto.output)
        }
        guard value.elementType == .bool, value.shape.elementCount == 1 else {
            throw DeeperError(
                .invalidModel, "the condition is \(value.elementType)\(value.shape), expected one bool")
        }
        let taken = try value.elements(as: Bool.self)[0] ? whenTrue : whenFalse
        guard taken.input.isEmpty, proto.output.count <= taken.output.count else {
            throw DeeperError(
                .invalidModel,
                "the branch has \(taken.input.count) inputs and \(taken.output.count) outputs, expected 0 and "
                    + "\(proto.output.count)")
        }
        let (opset, attributesAround) = (scopes[scopes.count - 1].opset, scopes[scopes.count - 1].attributes)
        let scope = ONNXScope(opset: opset, prefix: name + "/", attributes: attributesAround, seesAround: true)
        try enter(scope, outputs: zip(taken.output, proto.output).map { (inner: $0.name, outer: $1) }) { builder in
            try builder.add(taken.initializer, taken.sparseInitializer)
            try builder.add(taken.node)
        }
    }

    /// Notes the missing operators among nodes that are not added.
    private mutating func survey(_ nodes: [Onnx_NodeProto]) throws {
        for (index, node) in nodes.enumerated() {
            try countNode()
            let key = ONNXFunctions.Key(node)
            if let function = functions[key] {
                if calls.contains(key) || calls.count > ONNXGraphBuilder.deepestScope { continue }
                calls.append(key)
                defer { calls.removeLast() }
                try survey(function.node)
            } else if node.isBranching {
                for attribute in node.attribute where attribute.hasG { try survey(attribute.g.node) }
            } else if ONNXRuntimeFusion(node) == nil, !OperatorCatalog.knows(node.opType, domain: node.domain) {
                missing.add(node.opType, domain: node.domain, node: name(of: node, index))
            }
        }
    }
}
