import DeeperGraphs
import DeeperTensors

/// Attributes of nodes.
extension ONNXGraphBuilder {
    func attributes(_ proto: Onnx_NodeProto) throws -> [String: AttributeValue] {
        var result: [String: AttributeValue] = [:]
        for attribute in try resolvedAttributes(proto) {
            result[attribute.name] = try locating("attribute \(attribute.name.quotedForMessage)") {
                try value(attribute)
            }
        }
        return result
    }

    /// The attributes of a node. In a function's body, references to attributes of the call are replaced by the call's
    /// values, and omitted if the call omits them.
    ///
    /// - Throws: `invalidModel` if two attributes have the same name; `unsupported` for a reference outside functions.
    func resolvedAttributes(_ proto: Onnx_NodeProto) throws -> [Onnx_AttributeProto] {
        var names: Set<String> = []
        return try proto.attribute.compactMap { attribute in
            try locating("attribute \(attribute.name.quotedForMessage)") {
                guard names.insert(attribute.name).inserted else {
                    throw DeeperError(.invalidModel, "it is given twice")
                }
                guard !attribute.refAttrName.isEmpty else { return attribute }
                guard let given = scopes[scopes.count - 1].attributes else {
                    throw DeeperError(.unsupported, "a reference to a function's attribute")
                }
                guard var value = given[attribute.refAttrName] else { return nil }
                value.name = attribute.name
                return value
            }
        }
    }

    private func value(_ attribute: Onnx_AttributeProto) throws -> AttributeValue {
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

    /// Files before IR version 2 do not state the type of an attribute.
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
