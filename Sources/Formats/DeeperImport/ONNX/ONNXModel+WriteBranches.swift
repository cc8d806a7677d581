import DeeperGraphs
import DeeperTensors

/// Writing Ifs, whose branches become graphs again.
extension ONNXModel {
    /// The nodes of a branch, or if `branch` is nil, those that belong to no branch.
    static func nodes(
        of branch: Int?, in graph: Graph, _ branches: Branches, _ names: inout ONNXNames
    ) throws -> [Onnx_NodeProto] {
        let members = Dictionary(grouping: graph.nodes.indices) { branches.ofNodes[$0] }
        return try nodes(of: branch, in: graph, branches, members, &names)
    }

    private static func nodes(
        of branch: Int?, in graph: Graph, _ branches: Branches, _ members: [Int?: [Int]], _ names: inout ONNXNames
    ) throws -> [Onnx_NodeProto] {
        try (members[branch] ?? []).compactMap { index in
            let node = graph.nodes[index]
            return try locating(node.label) {
                guard let first = branches.firstNodes[index] else { return try self.node(node, names) }
                guard first == index else { return nil }
                let group = graph.nodes.indices[first...].prefix { branches.firstNodes[$0] == first }
                var proto = try self.node(node, names)
                proto.input.removeLast(2)
                proto.output = group.flatMap { graph.nodes[$0].outputs }.compactMap { $0.map { names[$0] } }
                for whenTrue in [true, false] {
                    let number = branches.number(ofNode: first, whenTrue: whenTrue)
                    var body = Onnx_GraphProto()
                    body.name = whenTrue ? "then_branch" : "else_branch"
                    if let number { body.node = try nodes(of: number, in: graph, branches, members, &names) }
                    let results = group.compactMap { graph.nodes[$0].inputs[whenTrue ? 1 : 2] }
                    add(results, to: &body, &names)
                    var attribute = Onnx_AttributeProto()
                    (attribute.name, attribute.type, attribute.g) = (body.name, .graph, body)
                    proto.attribute.append(attribute)
                }
                return proto
            }
        }
    }

    /// Makes values the outputs of a branch. A value that is made outside the branch or is already an output is passed
    /// through an Identity, because ONNX Runtime refuses it otherwise.
    private static func add(_ results: [ValueID], to branch: inout Onnx_GraphProto, _ names: inout ONNXNames) {
        var own = Set(branch.node.flatMap(\.output))
        for result in results {
            var info = Onnx_ValueInfoProto()
            info.name = names[result]
            if own.remove(info.name) == nil {
                var identity = Onnx_NodeProto()
                info.name = names.make("\(names[result])/\(branch.name)")
                (identity.name, identity.opType) = (info.name, "Identity")
                (identity.input, identity.output) = ([names[result]], [info.name])
                branch.node.append(identity)
            }
            branch.output.append(info)
        }
    }
}
