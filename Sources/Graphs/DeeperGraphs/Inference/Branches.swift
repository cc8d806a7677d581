import DeeperTensors

/// The assignment of a graph's nodes to the branches of its Ifs. A node that only one branch needs is left out where
/// the other branch is taken.
///
/// The assignment follows from the readers of each value: a node belongs to a branch if every reader belongs to it, or
/// is the If that takes the value as that branch's result. A node that is needed by both branches, or by one branch and
/// by the surrounding graph, belongs to neither branch.
public struct Branches: Sendable {
    /// One side of an If.
    public struct Branch: Sendable {
        /// The first node of the If.
        public let node: Int
        public let condition: ValueID
        /// The value of the condition for which the branch is taken.
        public let whenTrue: Bool
        /// The number of the branch that the If itself belongs to; nil: none.
        public let parent: Int?
    }

    /// All branches that contain a node or give a value. A nested branch comes after the one that contains it.
    public private(set) var branches: [Branch] = []
    /// The number of every node's innermost branch; nil: the node belongs to none.
    public private(set) var ofNodes: [Int?]
    /// For every node of an If, the first node of that If; nil for other nodes. An If with several outputs has one node
    /// for each output.
    public private(set) var firstNodes: [Int?]
    private var depths: [Int] = []
    private var numbers: [Side: Int] = [:]

    private struct Side: Hashable {
        var node: Int
        var whenTrue: Bool
    }

    /// The largest nesting depth: deeper nodes count as part of the branch at this depth. Messages in files are not
    /// nested deeper.
    private static let deepest = 24

    /// Which nodes need a value: none so far, those of a branch, or nodes outside of all branches.
    private enum Need {
        case nobody
        case branch(Int?)
    }

    public init(_ graph: Graph) {
        ofNodes = Array(repeating: nil, count: graph.nodes.count)
        firstNodes = Branches.firstNodes(graph)
        guard firstNodes.contains(where: { $0 != nil }) else { return }
        var needs = [Need](repeating: .nobody, count: graph.valueCount)
        for output in graph.outputs { needs[output.index] = .branch(nil) }
        // All nodes of an If are in the same branch, which is known at the last of them, because their readers come
        // later.
        var ofIfs: [Int: Int?] = [:]
        for (index, node) in graph.nodes.enumerated().reversed() {
            var need = Need.nobody
            if let first = firstNodes[index] {
                let members = (first...index).lazy.flatMap { graph.nodes[$0].outputs }
                let branch = ofIfs[first] ?? branch(of: self.need(of: members, needs))
                ofIfs.updateValue(branch, forKey: first)
                need = .branch(branch)
            } else {
                need = self.need(of: node.outputs, needs)
            }
            guard case .branch(let branch) = need else { continue }
            ofNodes[index] = branch
            for (place, input) in node.inputs.enumerated() {
                guard let input else { continue }
                var reader = branch
                if let first = firstNodes[index], let condition = node.inputs[0], place > 0 {
                    reader = number(
                        Branch(node: first, condition: condition, whenTrue: place == 1, parent: branch))
                }
                needs[input.index] = join(needs[input.index], .branch(reader))
            }
        }
        placeUnread(graph, needs)
    }

    /// The number of a branch of an If; nil if no node belongs to it.
    ///
    /// - Parameter first: the first node of the If.
    public func number(ofNode first: Int, whenTrue: Bool) -> Int? { numbers[Side(node: first, whenTrue: whenTrue)] }

    /// Whether a node belongs to a branch that is not taken, as far as conditions are known.
    ///
    /// - Parameter conditions: known values, conditions among them.
    /// - Throws: `invalidModel` if a condition is not one bool.
    func isLeftOut(_ node: Int, _ conditions: [ValueID: Tensor]) throws -> Bool {
        var next = ofNodes[node]
        while let number = next {
            let branch = branches[number]
            if let condition = conditions[branch.condition],
                try (If.input(chosenBy: condition) == 1) != branch.whenTrue
            {
                return true
            }
            next = branch.parent
        }
        return false
    }

    /// The nodes of one If are consecutive, have the same name and condition, and do not read each other.
    private static func firstNodes(_ graph: Graph) -> [Int?] {
        var result = [Int?](repeating: nil, count: graph.nodes.count)
        var made: Set<ValueID> = []
        for (index, node) in graph.nodes.enumerated() where node.operation is If && node.inputs.count == 3 {
            result[index] = index
            if index > 0, let first = result[index - 1], graph.nodes[first].name == node.name,
                graph.nodes[first].inputs[0] == node.inputs[0],
                !node.inputs.contains(where: { $0.map(made.contains) ?? false })
            {
                result[index] = first
            } else {
                made = []
            }
            made.formUnion(node.outputs.compactMap { $0 })
        }
        return result
    }

    private func need(of values: some Sequence<ValueID?>, _ needs: [Need]) -> Need {
        values.reduce(.nobody) { need, value in value.map { join(need, needs[$0.index]) } ?? need }
    }

    /// The branch that contains the nodes of an If; nil for an If that is not needed.
    private func branch(of need: Need) -> Int? {
        if case .branch(let branch) = need { branch } else { nil }
    }

    private mutating func number(_ branch: Branch) -> Int? {
        let side = Side(node: branch.node, whenTrue: branch.whenTrue)
        if let known = numbers[side] { return known }
        let depth = branch.parent.map { depths[$0] + 1 } ?? 1
        guard depth <= Branches.deepest else { return branch.parent }
        numbers[side] = branches.count
        branches.append(branch)
        depths.append(depth)
        return branches.count - 1
    }

    /// The innermost branch that contains both.
    private func join(_ first: Need, _ second: Need) -> Need {
        guard case .branch(var a) = first else { return second }
        guard case .branch(var b) = second else { return first }
        while a != b {
            guard let left = a, let right = b else { return .branch(nil) }
            if depths[left] >= depths[right] { a = branches[left].parent }
            if depths[right] >= depths[left] { b = branches[right].parent }
        }
        return .branch(a)
    }

    /// Assigns nodes whose values are not read to the branch in which their inputs are made.
    private mutating func placeUnread(_ graph: Graph, _ needs: [Need]) {
        var places: [ValueID: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            if firstNodes[index] == nil, case .nobody = need(of: node.outputs, needs) {
                ofNodes[index] = node.inputs.compactMap { $0.flatMap { places[$0] } }.max { depths[$0] < depths[$1] }
            }
            guard let branch = ofNodes[index] else { continue }
            for case let output? in node.outputs { places[output] = branch }
        }
    }
}
