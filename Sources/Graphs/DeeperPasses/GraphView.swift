public import DeeperGraphs
public import DeeperTensors

/// A graph with the look-ups that passes need: types, producers, consumers and branches. It is computed once per sweep.
public struct GraphView: Sendable {
    public let graph: Graph
    /// Types for batch 1 and the declared shapes, open dimensions filled in; nil where they cannot be inferred.
    public var types: InferredTypes? { try? inferredTypes.get() }
    /// ``types``, or the error that prevented their inference.
    let inferredTypes: Result<InferredTypes, any Error>
    /// The inputs' types from which ``types`` are inferred.
    private let inputTypes: [ValueID: TensorType]?
    /// Computes values that passes fold.
    let evaluator: Evaluator
    private let producers: [Int?]
    private let consumers: [[Int]]
    private let outputs: Set<ValueID>
    private let branches: Branches

    /// - Parameter known: a view of the same graph before some rewrites. Its extents for open dimensions are kept.
    public init(_ graph: Graph, evaluator: Evaluator, following known: GraphView? = nil) {
        self.graph = graph
        self.evaluator = evaluator
        let inputTypes = Result { try known?.inputTypes ?? graph.plausibleTypes(evaluator: evaluator) }
        self.inputTypes = try? inputTypes.get()
        self.inferredTypes = inputTypes.flatMap { types in
            Result { try graph.inferTypes(types, evaluator: evaluator, takesBranches: false) }
        }
        self.producers = graph.producers()
        self.consumers = graph.consumers()
        self.outputs = Set(graph.outputs)
        self.branches = Branches(graph)
    }

    /// The types for other extents of open dimensions, a different one for each symbol and each unknown dimension; nil
    /// if they cannot be inferred.
    ///
    /// A property that holds for ``types`` and for these types is not a coincidence of the extents.
    func typesOfOtherExtents() -> InferredTypes? {
        guard let inputTypes else { return nil }
        var others = inputTypes
        var bySymbol: [String: Int] = [:]
        var count = 0
        for input in graph.inputs {
            guard let type = inputTypes[input.value], let dimensions = input.type.dimensions else { continue }
            var extents = type.shape.dimensions
            for (axis, dimension) in dimensions.enumerated() {
                if case .fixed = dimension { continue }
                if case .symbol(let symbol) = dimension, let known = bySymbol[symbol] {
                    extents[axis] = known
                    continue
                }
                count += 1
                // Picture sizes change in steps that every network can halve without a remainder.
                extents[axis] += axis == 0 ? count : 64 * count
                if case .symbol(let symbol) = dimension { bySymbol[symbol] = extents[axis] }
            }
            guard let shape = try? Shape(validating: extents) else { return nil }
            others[input.value] = TensorType(type.elementType, shape)
        }
        return others == inputTypes ? types : try? graph.inferTypes(others, evaluator: evaluator, takesBranches: false)
    }

    public func isOutput(_ value: ValueID) -> Bool { outputs.contains(value) }

    /// The number of the branch of an If that a node belongs to; nil for one that always runs.
    func branch(of node: Int) -> Int? { branches.ofNodes[node] }

    /// The node that makes a value.
    public func producer(of value: ValueID?) -> Int? { value.flatMap { producers[$0.index] } }

    /// The nodes that read a value. A node that reads it twice is listed twice.
    public func consumers(of value: ValueID) -> [Int] { consumers[value.index] }

    /// Whether a value is read by a node or is an output of the graph.
    func isRead(_ value: ValueID) -> Bool { isOutput(value) || !consumers[value.index].isEmpty }

    /// The only node that reads a value; nil if there are none or several, or if the value is an output of the graph.
    public func soleConsumer(of value: ValueID?) -> Int? {
        guard let value, !isOutput(value), consumers[value.index].count == 1 else { return nil }
        return consumers[value.index][0]
    }

    /// The value of an operand that is a constant.
    public func constant(_ node: Node, _ input: Int) -> Tensor? {
        guard input < node.inputs.count, let value = node.inputs[input] else { return nil }
        return graph.constants[value]
    }

    /// Whether a node computes each number of its result from one number of its first operand, and all other operands
    /// are constants.
    package func isFunctionOfOneNumber(_ node: Node) throws -> Bool {
        try node.operation is any ActivationOperator && node.inputs.count == 1
            || node.clampRange(constant: { constant(node, $0) }) != nil
    }

    /// The identifier of the n-th new value of a rewrite.
    func newValue(_ number: Int) -> ValueID { ValueID(number: graph.valueCount + number) }
}
