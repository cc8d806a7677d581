import DeeperGraphs
import DeeperTensors

/// The functions that a model defines.
struct ONNXFunctions {
    /// The properties by which a node identifies a function.
    struct Key: Hashable {
        let domain: String
        let name: String
        let overload: String

        init(domain: String, name: String, overload: String) {
            self.domain = OperatorCatalog.isOwn(domain: domain) ? "" : domain
            self.name = name
            self.overload = overload
        }

        init(_ node: Onnx_NodeProto) { self.init(domain: node.domain, name: node.opType, overload: node.overload) }

        /// The name of the function in messages.
        var label: String {
            let full = domain.isEmpty ? name : "\(domain).\(name)"
            return "function \((overload.isEmpty ? full : "\(full):\(overload)").quotedForMessage)"
        }
    }

    private var functions: [Key: Onnx_FunctionProto] = [:]

    /// No functions.
    init() {}

    /// - Throws: `invalidModel` if two functions have the same key.
    init(_ protos: [Onnx_FunctionProto]) throws {
        for proto in protos {
            let key = Key(domain: proto.domain, name: proto.name, overload: proto.overload)
            guard functions.updateValue(proto, forKey: key) == nil else {
                throw DeeperError(.invalidModel, "\(key.label) is defined twice")
            }
        }
    }

    /// The function that a node calls, if it calls one.
    subscript(key: Key) -> Onnx_FunctionProto? { functions[key] }

    /// The nodes that replace a call of a function.
    ///
    /// - Parameter given: the attributes of the call.
    /// - Throws: `invalidModel` for attributes that the function does not declare; `unsupported` for its opset.
    static func body(of function: Onnx_FunctionProto, given: [Onnx_AttributeProto]) throws -> ONNXBody {
        var attributes: [String: Onnx_AttributeProto] = [:]
        for attribute in function.attributeProto { attributes[attribute.name] = attribute }
        let declared = Set(function.attribute).union(attributes.keys)
        for attribute in given {
            guard declared.contains(attribute.name) else {
                throw DeeperError(
                    .invalidModel, "the function has no attribute \(attribute.name.quotedForMessage)")
            }
            attributes[attribute.name] = attribute
        }
        return ONNXBody(
            inputs: function.input, outputs: function.output, nodes: function.node, attributes: attributes,
            opset: try ONNXModel.opset(function.opsetImport))
    }
}
