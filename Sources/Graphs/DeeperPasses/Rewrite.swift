public import DeeperGraphs
public import DeeperTensors

/// One change of a graph, as a pass proposes it: only the driver applies it.
public struct Rewrite: Sendable {
    /// What changes, for people: "fold bn1 into conv1".
    public var note: String
    /// Nodes that go, by index.
    public var removed: Set<Int>
    /// Nodes that come, each in front of the node with the given index.
    public var added: [(before: Int, node: Node)]
    /// Nodes that must still be there for the rewrite to hold, beside the removed ones.
    public var relied: Set<Int>
    /// Values that take another's place wherever they are read.
    public var replaced: [ValueID: ValueID]
    /// Values that become constants; new ones are numbered from the graph's `valueCount` on.
    public var constants: [(value: ValueID, tensor: Tensor)]
    /// Names of the new values, in order.
    public var newValues: [String]

    public init(_ note: String, removed: Set<Int> = [], relied: Set<Int> = []) {
        self.note = note
        self.removed = removed
        self.added = []
        self.relied = relied
        self.replaced = [:]
        self.constants = []
        self.newValues = []
    }

    /// Exchanges a node for another that makes the same values.
    mutating func exchange(_ index: Int, for node: Node) {
        removed.insert(index)
        added.append((index, node))
    }

    /// A new constant of the graph.
    mutating func constant(_ name: String, _ tensor: Tensor, in view: GraphView) -> ValueID {
        let value = value(name, in: view)
        constants.append((value, tensor))
        return value
    }

    /// A new value of the graph.
    mutating func value(_ name: String, in view: GraphView) -> ValueID {
        defer { newValues.append(name) }
        return view.newValue(newValues.count)
    }
}

/// Finds places of one kind where a graph can be made simpler without changing what it computes.
public protocol Pass: Sendable {
    /// A verb phrase.
    static var name: String { get }
    init()
    /// Rewrites that apply to the graph as it is. Where two touch the same node, the driver takes the first.
    func rewrites(in view: GraphView) throws -> [Rewrite]
}
