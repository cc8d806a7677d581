import DeeperGraphs
import DeeperTensors

/// Converts nodes of older operator sets to the form of opset 13, the first one in which DequantizeLinear may have a
/// scale for each entry of an axis. All nodes of a file must have the same opset.
struct UpgradeOpset: Pass {
    static let name = "bring to opset 13"
    fileprivate static let opset = 13
    /// Attributes of older opsets that have no effect any more.
    private static let dropped: Set = ["consumed_inputs", "is_test", "spatial", "output_sequence"]

    /// The attributes that describe how Resize placed pixels before opset 11.
    private static let oldResize: [String: AttributeValue] = [
        "coordinate_transformation_mode": .string("asymmetric"), "nearest_mode": .string("floor"),
    ]

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard let form = node.form, form.opset < UpgradeOpset.opset else { return nil }
            guard OperatorCatalog.isOwn(domain: form.domain) else {
                // Other domains have version numbers of their own; the number here is that of the file.
                var rewrite = Rewrite("\(node.name) from opset \(form.opset)")
                rewrite.exchange(index, for: node.upgraded(node.operation, node.inputs, form.domain, form.attributes))
                return rewrite
            }
            return try locating(node.label) { try upgrade(index, node, form, view) }
        }
    }

    private func upgrade(_ index: Int, _ node: Node, _ form: NodeForm, _ view: GraphView) throws -> Rewrite {
        var rewrite = Rewrite("\(node.name) from opset \(form.opset)")
        var attributes = form.attributes.filter { !UpgradeOpset.dropped.contains($0.key) }
        var inputs = node.inputs
        var name = node.operatorName
        /// Turns an attribute into an input.
        func move(_ attribute: String, to input: Int, as type: ElementType? = nil) throws {
            guard let value = attributes.removeValue(forKey: attribute) else { return }
            while inputs.count <= input { inputs.append(nil) }
            let tensor = try tensor(value)
            inputs[input] = rewrite.constant(
                "\(node.name) \(attribute)", try type.map { try tensor.converted(to: $0) } ?? tensor, in: view)
        }
        let type = view.types?.knownType(node.inputs.first ?? nil)?.elementType
        switch name {
        case "Clip" where form.opset < 11:
            try move("min", to: 1, as: type)
            try move("max", to: 2, as: type)
        case "Pad" where form.opset < 11:
            try move("pads", to: 1)
            try move("value", to: 2, as: type)
        case "Slice" where form.opset < 10:
            for (place, attribute) in ["starts", "ends", "axes"].enumerated() { try move(attribute, to: place + 1) }
        case "TopK" where form.opset < 10:
            if case .int(let count)? = attributes["k"] { attributes["k"] = .ints([count]) }
            try move("k", to: 1)
        case "Squeeze", "Unsqueeze", "ReduceSum": try move("axes", to: 1)
        case "Split": try move("split", to: 1)
        case "Upsample":
            name = "Resize"
            if inputs.count > 1 { inputs.insert(nil, at: 1) } else { try move("scales", to: 2) }
            attributes.merge(UpgradeOpset.oldResize) { own, _ in own }
        case "Resize":
            if form.opset < 11 {
                inputs.insert(nil, at: 1)
                attributes.merge(UpgradeOpset.oldResize) { own, _ in own }
            }
            if case .string("tf_half_pixel_for_nn")? = attributes["coordinate_transformation_mode"] {
                throw DeeperError(.unsupported, "opset 13 has no coordinate_transformation_mode tf_half_pixel_for_nn")
            }
        case "Scatter": name = "ScatterElements"
        case "Dropout":
            let isMaskRead = node.outputs.dropFirst().contains { $0.map(view.isRead) ?? false }
            guard form.opset >= 10 || !isMaskRead else {
                throw DeeperError(.unsupported, "the mask is used, whose type changed in opset 10")
            }
            (attributes["ratio"], attributes["seed"]) = (nil, nil)
        case "Softmax", "LogSoftmax", "Hardmax":
            attributes["axis"] = .int(try axis(of: node, attributes["axis"], view))
        default:
            guard node.operation.alignsLastAxes, name != "PRelu" || form.opset >= 7 else {
                throw DeeperError(.unsupported, "broadcasting from an axis (opset 6) cannot be converted to opset 13")
            }
            if form.attributes["broadcast"] != nil { (attributes["broadcast"], attributes["axis"]) = (nil, nil) }
        }
        let operation = try OperatorCatalog.make(
            name, node: node.name, domain: form.domain, opset: UpgradeOpset.opset, attributes: attributes,
            inputCount: inputs.count, outputCount: node.outputs.count)
        rewrite.exchange(
            index, for: node.upgraded(operation, inputs, form.domain, attributes))
        return rewrite
    }

    private func tensor(_ value: AttributeValue) throws -> Tensor {
        switch value {
        case .float(let value): try Tensor([value], shape: [])
        case .floats(let values): try Tensor(values, shape: [values.count])
        case .ints(let values): try Tensor(values.map(Int64.init), shape: [values.count])
        default: throw DeeperError(.internalFault, "an attribute of kind \(value.kind) cannot become a tensor")
        }
    }

    /// The single axis that is normalised.
    ///
    /// - Throws: `unsupported` if there are several: before opset 13, all axes from a given one on are normalised
    ///   together.
    private func axis(of node: Node, _ given: AttributeValue?, _ view: GraphView) throws -> Int {
        // An extent that is 1 by coincidence is not 1 for pictures of another size.
        guard let shape = view.types?.knownType(node.inputs[0])?.shape,
            let other = view.typesOfOtherExtents()?.knownType(node.inputs[0])?.shape, other.rank == shape.rank
        else {
            throw DeeperError(
                .unsupported, "the shape of the input is not known, so it is not clear which axis is meant in opset 13")
        }
        var axis = 1
        if case .int(let own)? = given { axis = own }
        let first = axis < 0 ? axis + shape.rank : axis
        guard (0..<shape.rank).contains(first) else {
            throw DeeperError(.unsupported, "\(shape) has no axis \(axis), which opset 13 requires")
        }
        let long = (first..<shape.rank).filter { shape[$0] != 1 || other[$0] != 1 }
        guard long.count <= 1 else {
            throw DeeperError(
                .unsupported,
                "the axes from \(first) on of \(shape) are normalised together, which opset 13 cannot express")
        }
        return long.first ?? first
    }
}

extension Node {
    /// The node with its form in opset 13.
    fileprivate func upgraded(
        _ operation: any Operator, _ inputs: [ValueID?], _ domain: String, _ attributes: [String: AttributeValue]
    ) -> Node {
        Node(
            name: name, operation: operation, inputs: inputs, outputs: outputs,
            form: NodeForm(opset: UpgradeOpset.opset, domain: domain, attributes: attributes))
    }
}
