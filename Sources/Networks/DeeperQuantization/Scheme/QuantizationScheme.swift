internal import DeeperGraphs
internal import DeeperPasses
internal import DeeperTensors

/// The nodes of a network that compute on 8-bit numbers, and the values that are quantised for them.
struct QuantizationScheme {
    /// The roles of these nodes, by their index in the graph.
    private(set) var roles: [Int: Role] = [:]
    /// The result of each of these nodes, after the Relus and Clips that follow it.
    private(set) var results: [Int: ValueID] = [:]
    /// For every quantised value, the representative of its group; all values of a group share one scale.
    private(set) var groups: [ValueID: ValueID] = [:]

    /// - Parameter isKept: whether a node stays in float32.
    init(_ view: GraphView, keeping isKept: (Node) -> Bool) throws {
        let graph = view.graph
        let branches = Branches(graph).ofNodes
        var absorbed: Set<Int> = []
        var makers: Set<ValueID> = []
        for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) && branches[index] == nil {
            guard !isKept(node), let role = try Role(node, view) else { continue }
            let operands = role.operands(of: node)
            // Quantising the operands is worthwhile only for products; other nodes compute on values that already are
            // quantised.
            guard role.isProduct || operands.allSatisfy(makers.contains), let output = node.outputs[0] else { continue }
            var result = output
            if role.takesBounds {
                while let next = view.soleConsumer(of: result), case let clamp = graph.nodes[next],
                    clamp.inputs[0] == result, !isKept(clamp), branches[next] == nil,
                    try clamp.clampRange(constant: { view.constant(clamp, $0) }) != nil, let held = clamp.outputs[0]
                {
                    absorbed.insert(next)
                    result = held
                }
            }
            // An output of the network must be float32.
            guard role.isProduct || !view.isOutput(result) else { continue }
            roles[index] = role
            results[index] = result
            makers.insert(result)
        }
        dropUnwanted(view)
        var classes = ValueClasses()
        for (index, role) in roles {
            let operands = role.operands(of: graph.nodes[index])
            for value in operands { classes.add(value) }
            guard let result = results[index], role == .movement || role == .concatenation else { continue }
            for value in operands { classes.join(value, result) }
        }
        groups = classes.representatives
    }

    /// A result that no quantised node reads is better left in float32: only products gain from quantised operands
    /// alone.
    private mutating func dropUnwanted(_ view: GraphView) {
        for index in roles.keys.sorted(by: >) {
            guard let role = roles[index], !role.isProduct, let result = results[index] else { continue }
            if !view.consumers(of: result).contains(where: { roles[$0] != nil }) {
                roles[index] = nil
                results[index] = nil
            }
        }
    }

    /// The products, in the graph's order.
    var products: [Int] { roles.filter(\.value.isProduct).keys.sorted() }
}

/// Values that share one scale (union and find).
private struct ValueClasses {
    private var parents: [ValueID: ValueID] = [:]

    mutating func add(_ value: ValueID) { if parents[value] == nil { parents[value] = value } }

    mutating func join(_ first: ValueID, _ second: ValueID) {
        add(first)
        add(second)
        let (a, b) = (root(first), root(second))
        // The representative does not depend on the order of the calls.
        if a != b { parents[a.index < b.index ? b : a] = a.index < b.index ? a : b }
    }

    private func root(_ value: ValueID) -> ValueID {
        var value = value
        while let parent = parents[value], parent != value { value = parent }
        return value
    }

    var representatives: [ValueID: ValueID] {
        Dictionary(uniqueKeysWithValues: parents.keys.map { ($0, root($0)) })
    }
}
