import DeeperGraphs

/// What the nodes of a graph can name: its values and, in a branch of an If, those of the graphs around it.
struct ONNXScope {
    /// The version of ONNX's own operators.
    var opset: Int
    /// What the names of its values and nodes begin with in the whole graph.
    var prefix = ""
    /// In a function's body, the attributes of the call, which nodes may refer to.
    var attributes: [String: Onnx_AttributeProto]?
    /// Whether the values of the scope around are visible: in a branch they are, in a function not.
    var seesAround = false
    /// The names in the whole graph of values that leave the scope.
    var outputNames: [String: String] = [:]
    var values: [String: ValueID] = [:]
    /// Inputs of a function that its call leaves out.
    var absent: Set<String> = []
}

/// Nodes that stand for a single one: the body of a function, or what ONNX Runtime's optimiser has fused.
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
    /// The names that nodes read, those of branches included, or that the graph gives out.
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
