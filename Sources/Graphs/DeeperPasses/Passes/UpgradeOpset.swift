import DeeperGraphs
import DeeperTensors

/// Brings nodes of older operator sets into the form of opset 13, the first whose DequantizeLinear has one scale for each
/// entry of an axis: all nodes of a file are of one opset.
struct UpgradeOpset: Pass {
    static let name = "bring to opset 13"
    private static let opset = 13
    /// Attributes that older opsets had and that say nothing any more.
    private static let dropped: Set = ["consumed_inputs", "is_test", "spatial", "output_sequence"]

    func rewrites(in view: GraphView) throws -> [Rewrite] {
        try view.graph.nodes.indices.compactMap { index in
            let node = view.graph.nodes[index]
            guard let form = node.form, OperatorCatalog.isOwn(domain: form.domain), form.opset < UpgradeOpset.opset
            else {
                return nil
            }
            return try locating(node.label) { try upgrade(index, node, form, view) }
        }
    }

    private func upgrade(_ index: Int, _ node: Node, _ form: NodeForm, _ view: GraphView) throws -> Rewrite {
        var rewrite = Rewrite("\(node.name) from opset \(form.opset)")
        var attributes = form.attributes.filter { !UpgradeOpset.dropped.contains($0.key) }
        var inputs = node.inputs
        var name = node.operatorName
        /// Makes an input of an attribute.
        func move(_ attribute: String, to input: Int, missing: AttributeValue? = nil) throws {
            guard let value = attributes.removeValue(forKey: attribute) ?? missing else { return }
            while inputs.count <= input { inputs.append(nil) }
            inputs[input] = rewrite.constant("\(node.name) \(attribute)", try tensor(value), in: view)
        }
        switch name {
        case "Clip" where form.opset < 11:
            try move("min", to: 1)
            try move("max", to: 2)
        case "Pad" where form.opset < 11:
            try move("pads", to: 1)
            try move("value", to: 2)
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
            (attributes["coordinate_transformation_mode"], attributes["nearest_mode"]) = (
                .string("asymmetric"), .string("floor")
            )
        case "Resize" where form.opset < 11:
            inputs.insert(nil, at: 1)
            (attributes["coordinate_transformation_mode"], attributes["nearest_mode"]) = (
                .string("asymmetric"), .string("floor")
            )
        case "Scatter": name = "ScatterElements"
        case "Dropout": (attributes["ratio"], attributes["seed"]) = (nil, nil)
        case "Softmax", "LogSoftmax", "Hardmax":
            attributes["axis"] = .int(try axis(of: node, attributes["axis"], view))
        default:
            guard node.operation.alignsLastAxes, name != "PRelu" || form.opset >= 7 else {
                throw DeeperError(.unsupported, "broadcasting as of opset \(form.opset) cannot be written in opset 13")
            }
            if form.attributes["broadcast"] != nil { (attributes["broadcast"], attributes["axis"]) = (nil, nil) }
        }
        let operation = try OperatorCatalog.make(
            name, node: node.name, domain: form.domain, opset: UpgradeOpset.opset, attributes: attributes,
            inputCount: inputs.count, outputCount: node.outputs.count)
        let upgraded = NodeForm(opset: UpgradeOpset.opset, domain: form.domain, attributes: attributes)
        rewrite.exchange(
            index,
            for: Node(name: node.name, operation: operation, inputs: inputs, outputs: node.outputs, form: upgraded))
        return rewrite
    }

    private func tensor(_ value: AttributeValue) throws -> Tensor {
        switch value {
        case .float(let value): try Tensor([value], shape: [])
        case .floats(let values): try Tensor(values, shape: [values.count])
        case .ints(let values): try Tensor(values.map(Int64.init), shape: [values.count])
        default: throw DeeperError(.internalFault, "an attribute of kind \(value.kind) is no tensor")
        }
    }

    /// The one axis that is normalised.
    ///
    /// - Throws: `unsupported` if several are, as before opset 13 all from an axis on.
    private func axis(of node: Node, _ given: AttributeValue?, _ view: GraphView) throws -> Int {
        guard let shape = view.types?.knownType(node.inputs[0])?.shape else {
            throw DeeperError(.unsupported, "the input's shape is not known, so the axes cannot be told")
        }
        var axis = 1
        if case .int(let own)? = given { axis = own }
        let first = axis < 0 ? axis + shape.rank : axis
        let long = (max(0, first)..<shape.rank).filter { shape[$0] != 1 }
        guard long.count <= 1 else {
            throw DeeperError(.unsupported, "the axes from \(first) on of \(shape) are normalised together")
        }
        return long.first ?? first
    }
}
