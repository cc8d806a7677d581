import DeeperTensors

/// Which nodes of a graph only one branch of an If needs: they are left out where the other branch is taken.
///
/// Membership follows from who reads what: a node belongs to a branch if all its readers do, or are the If that takes
/// its value as that branch's result. A node that both branches need, or one of them and the graph around them, belongs
/// to neither.
public struct Branches: Sendable {
    /// One side of an If.
    public struct Branch: Sendable {
        /// The first node of the If.
        public let node: Int
        public let condition: ValueID
        /// Which value of the condition takes the branch.
        public let whenTrue: Bool
        /// The number of the branch that the If itself belongs to; nil: none.
        public let parent: Int?
    }

    /// All branches that have a node or give a value, each after the one it lies in.
    public private(set) var branches: [Branch] = []
    /// The number of every node's innermost branch; nil: the node belongs to none.
    public private(set) var ofNodes: [Int?]
    /// For every node of an If the first of them: an If with several outputs has one node for each.
    public private(set) var firstNodes: [Int?]
    private var depths: [Int] = []
    private var numbers: [Side: Int] = [:]

    private struct Side: Hashable {
        var node: Int
        var whenTrue: Bool
    }

    /// What lies deeper belongs to the branch at this depth: files nest messages no deeper.
    private static let deepest = 24

    /// What needs a value: nobody yet, or the nodes of a branch, or of none.
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
        // All nodes of an If lie in the same branch, which is known at the last of them: readers come after it.
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

    /// Nodes of one If follow each other, have its name and condition, and do not read each other.
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

    /// Where the nodes of an If lie; one that nobody needs lies in no branch.
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

    /// What both lie in.
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

    /// Nodes whose values nobody reads lie where what they read is made.
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
