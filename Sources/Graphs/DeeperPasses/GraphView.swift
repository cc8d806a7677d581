public import DeeperGraphs
public import DeeperTensors

/// A graph with the look-ups that passes need, computed once for a sweep.
public struct GraphView: Sendable {
    public let graph: Graph
    /// Types for batch 1 and the declared shapes, open dimensions filled in; nil where they cannot be inferred.
    public var types: InferredTypes? { try? inferredTypes.get() }
    /// ``types``, or why there are none.
    let inferredTypes: Result<InferredTypes, any Error>
    /// The inputs' types that ``types`` follow from.
    private let inputTypes: [ValueID: TensorType]?
    /// Computes what passes fold.
    let evaluator: Evaluator
    private let producers: [Int?]
    private let consumers: [[Int]]
    private let outputs: Set<ValueID>
    private let branches: Branches

    /// - Parameter known: a view of the same graph before some rewrites, whose extents for open dimensions are kept.
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

    /// Types for other extents where the inputs leave them open, a different one for each symbol and each unknown; nil
    /// where they cannot be inferred.
    ///
    /// What holds for ``types`` and for these is no accident of the extents.
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
                // Pictures in steps that every network halves without a rest.
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

    /// The nodes that read a value, once for each time.
    public func consumers(of value: ValueID) -> [Int] { consumers[value.index] }

    /// Whether a node reads a value, or it is an output of the graph.
    func isRead(_ value: ValueID) -> Bool { isOutput(value) || !consumers[value.index].isEmpty }

    /// The only reader of a value that is nobody else's and no output of the graph.
    public func soleConsumer(of value: ValueID?) -> Int? {
        guard let value, !isOutput(value), consumers[value.index].count == 1 else { return nil }
        return consumers[value.index][0]
    }

    /// The constant that an operand is.
    public func constant(_ node: Node, _ input: Int) -> Tensor? {
        guard input < node.inputs.count, let value = node.inputs[input] else { return nil }
        return graph.constants[value]
    }

    /// Whether a node computes each number of its result from one number of its operand, and knows everything else.
    package func isFunctionOfOneNumber(_ node: Node) throws -> Bool {
        try node.operation is any ActivationOperator && node.inputs.count == 1
            || node.clampRange(constant: { constant(node, $0) }) != nil
    }

    /// The identity of the n-th new value of a rewrite.
    func newValue(_ number: Int) -> ValueID { ValueID(number: graph.valueCount + number) }
}
