import DeeperGraphs

/// The names that the nodes of a graph can refer to: its values and, in a branch of an If, those of the surrounding
/// graphs.
struct ONNXScope {
    /// The version of ONNX's own operators.
    var opset: Int
    /// The prefix of the names of its values and nodes in the whole graph.
    var prefix = ""
    /// In a function's body, the attributes of the call, which nodes may refer to.
    var attributes: [String: Onnx_AttributeProto]?
    /// Whether the values of the surrounding scope are visible: true in a branch, false in a function.
    var seesAround = false
    /// The names in the whole graph of the scope's outputs.
    var outputNames: [String: String] = [:]
    var values: [String: ValueID] = [:]
    /// Inputs of a function that its call leaves out.
    var absent: Set<String> = []
}

/// Nodes that replace a single one: the body of a function, or the operators that ONNX Runtime's optimiser has fused.
struct ONNXBody {
    var inputs: [String]
    var outputs: [String]
    var nodes: [Onnx_NodeProto]
    /// The attributes that nodes may refer to; nil: they refer to none.
    var attributes: [String: Onnx_AttributeProto]?
    /// The version of ONNX's own operators; nil: that of the node.
    var opset: Int?
}

extension Onnx_GraphProto {
    /// The names that are read by nodes, including those in branches, and the names of the graph's outputs.
    var readNames: Set<String> {
        var result = Set(output.map(\.name))
        for node in node {
            result.formUnion(node.input)
            for attribute in node.attribute {
                if attribute.hasG { result.formUnion(attribute.g.readNames) }
                for graph in attribute.graphs { result.formUnion(graph.readNames) }
            }
        }
        return result
    }
}
