public import DeeperGraphs
public import DeeperTensors

/// One change of a graph, proposed by a pass. Only ``PassDriver`` applies it.
public struct Rewrite: Sendable {
    /// A description of the change for people: "fold bn1 into conv1".
    public var note: String
    /// The indices of nodes to remove.
    public var removed: Set<Int>
    /// Nodes to add, each before the node with the given index.
    public var added: [(before: Int, node: Node)]
    /// Nodes that must still exist for the rewrite to be valid, in addition to the removed ones.
    public var relied: Set<Int>
    /// For every replaced value, the value that is read instead.
    public var replaced: [ValueID: ValueID]
    /// Values that become constants. New values are numbered from the graph's `valueCount` on.
    public var constants: [(value: ValueID, tensor: Tensor)]
    /// The names of the new values, in order.
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

    /// Replaces a node by another that makes the same values.
    mutating func exchange(_ index: Int, for node: Node) {
        removed.insert(index)
        added.append((index, node))
    }

    /// Adds a new constant to the graph.
    mutating func constant(_ name: String, _ tensor: Tensor, in view: GraphView) -> ValueID {
        let value = value(name, in: view)
        constants.append((value, tensor))
        return value
    }

    /// Adds a new value to the graph.
    mutating func value(_ name: String, in view: GraphView) -> ValueID {
        defer { newValues.append(name) }
        return view.newValue(newValues.count)
    }
}

/// A kind of simplification that does not change what a graph computes. A pass finds the places where it applies and
/// proposes a ``Rewrite`` for each.
public protocol Pass: Sendable {
    /// The name of the pass, a verb phrase.
    static var name: String { get }
    init()
    /// The rewrites that apply to the graph as it is. If two touch the same node, the driver applies the first.
    func rewrites(in view: GraphView) throws -> [Rewrite]
}
