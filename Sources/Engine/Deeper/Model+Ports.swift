public import DeeperGraphs

extension Model {
    /// An input or output: its name, and what the model says about its type.
    public struct Port: Sendable, Hashable, CustomStringConvertible {
        /// The name by which runs take or return the tensor.
        public let name: String
        /// Nil for an output whose type the model does not declare and that does not follow from the declared inputs.
        public let type: DeclaredType?

        public var description: String { "\(name): \(type.map { "\($0)" } ?? "type unknown")" }
    }

    /// The inputs that every run must be given, in the model's order.
    ///
    /// A run may also be given new values for initialisers that the model lists as inputs.
    public var inputs: [Port] {
        graph.inputs.filter { graph.constants[$0.value] == nil }.map {
            Port(name: graph.name(of: $0.value), type: $0.type)
        }
    }

    /// The outputs of every run, in the model's order, with the types that the model declares. Where it declares none,
    /// the type that follows from the declared inputs is given.
    public var outputs: [Port] {
        guard graph.outputs.contains(where: { graph.declaredOutputs[$0] == nil }) else {
            return graph.outputs.map { Port(name: graph.name(of: $0), type: graph.declaredOutputs[$0]) }
        }
        let shapes = (try? graph.symbolicShapes()) ?? [:]
        let types = try? graph.inferTypes(try graph.plausibleTypes())
        return graph.outputs.map { value in
            let inferred = types?.knownType(value).map {
                DeclaredType($0.elementType, shapes[value]?.map(\.declared))
            }
            return Port(name: graph.name(of: value), type: graph.declaredOutputs[value] ?? inferred)
        }
    }

    /// The names of the outputs, in the model's order.
    public var outputNames: [String] { graph.outputs.map { graph.name(of: $0) } }
}

extension SymbolicDimension {
    /// The extent as a model's file would declare it.
    fileprivate var declared: DeclaredDimension {
        switch self {
        case .fixed(let extent): .fixed(extent)
        case .linear(1, let symbol, 1, 0): .symbol(symbol)
        default: .unknown
        }
    }
}

extension Model: CustomStringConvertible {
    /// A summary of a few lines: where the model comes from, its inputs and outputs, its size, and what it knows about
    /// classes and pictures.
    public var description: String {
        let weights = graph.constants.values.reduce(0) { $0 + $1.shape.elementCount }
        var lines = ["\(source): \(graph.nodes.count) nodes, \(weights) weights"]
        lines += inputs.map { "  input \($0)" }
        lines += outputs.map { "  output \($0)" }
        if let labels { lines.append("  labels: \(labels.count)") }
        if let preprocessing { lines.append("  preprocessing: known, \(preprocessing.channels.count) channels") }
        return lines.joined(separator: "\n")
    }
}

extension Model: CustomDebugStringConvertible {
    public var debugDescription: String { description }
}
