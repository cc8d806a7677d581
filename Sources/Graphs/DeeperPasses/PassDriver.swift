public import DeeperGraphs
import DeeperTensors

/// Runs passes over a graph. After every sweep it checks the graph's structure, and that the outputs keep their types.
public struct PassDriver {
    /// The rewrites that one sweep of a pass made.
    public struct Report: Sendable {
        public let pass: String
        /// One line per rewrite.
        public let rewrites: [String]
    }

    private let stages: [[any Pass.Type]]
    private let evaluator: Evaluator
    private var remaining: Int
    /// The largest number of rounds of the whole list: a chain that loses one node per round must not take quadratic
    /// time.
    private static let largestRoundCount = 16

    /// Makes a driver for the stages of ``PassPipeline``.
    ///
    /// - Parameters:
    ///   - limit: the number of rewrites after which to stop, for finding the one that breaks a graph.
    ///   - evaluator: computes folded constants.
    public init(limit: Int = .max, evaluator: Evaluator) {
        self.init(stages: PassPipeline.stages, limit: limit, evaluator: evaluator)
    }

    /// Makes a driver for one list of passes.
    public init(passes: [any Pass.Type], limit: Int = .max, evaluator: Evaluator) {
        self.init(stages: [passes], limit: limit, evaluator: evaluator)
    }

    private init(stages: [[any Pass.Type]], limit: Int, evaluator: Evaluator) {
        self.stages = stages
        self.evaluator = evaluator
        self.remaining = limit
    }

    /// Simplifies a graph. Returns the new graph, and a report for every sweep that changed it.
    ///
    /// - Throws: `invalidModel` if the graph is invalid to begin with; `internalFault`, with the name of the pass, if a
    ///   rewrite makes it invalid.
    public mutating func run(_ graph: Graph) throws -> (graph: Graph, reports: [Report]) {
        try graph.verify()
        var reports: [Report] = []
        var view = GraphView(graph, evaluator: evaluator)
        for passes in stages { try run(passes, &view, &reports) }
        // Otherwise, weights would stay in memory together with the folded ones that replace them.
        return (view.graph.withoutUnusedConstants(), reports)
    }

    private mutating func run(_ passes: [any Pass.Type], _ view: inout GraphView, _ reports: inout [Report]) throws {
        for _ in 0..<PassDriver.largestRoundCount {
            let before = reports.count
            for pass in passes where remaining > 0 {
                let notes = try sweep(pass, &view)
                guard !notes.isEmpty else { continue }
                reports.append(Report(pass: pass.name, rewrites: notes))
            }
            if reports.count == before { return }
        }
    }

    private mutating func sweep(_ pass: any Pass.Type, _ view: inout GraphView) throws -> [String] {
        let proposed = try locating("pass \(pass.name)") { try pass.init().rewrites(in: view) }
        var touched: Set<Int> = []
        var chosen: [Rewrite] = []
        for rewrite in proposed where remaining > 0 {
            let nodes = rewrite.removed.union(rewrite.relied)
            guard touched.isDisjoint(with: nodes) else { continue }
            touched.formUnion(nodes)
            chosen.append(rewrite)
            remaining -= 1
        }
        guard !chosen.isEmpty else { return [] }
        do {
            let graph = PassDriver.apply(chosen, to: view.graph)
            try graph.verify()
            let result = GraphView(graph, evaluator: evaluator, following: view)
            try checkOutputs(view, result)
            view = result
        } catch {
            throw DeeperError(.internalFault, "pass \(pass.name) broke the graph", cause: error)
        }
        return chosen.map(\.note)
    }

    private func checkOutputs(_ before: GraphView, _ after: GraphView) throws {
        guard let known = before.types else { return }
        let types = try after.inferredTypes.get()
        for output in after.graph.outputs {
            let (old, new) = (known.knownType(output), types.knownType(output))
            if let old, old != new {
                throw DeeperError(.internalFault, "output \(after.graph.name(of: output)) was \(old)")
            }
        }
    }

    private static func apply(_ rewrites: [Rewrite], to graph: Graph) -> Graph {
        var result = graph
        var removed: Set<Int> = []
        var added: [Int: [Node]] = [:]
        var replaced: [ValueID: ValueID] = [:]
        for rewrite in rewrites {
            // Every rewrite numbers its new values from the same start.
            let fresh = rewrite.newValues.map { result.makeValue($0) }
            func actual(_ value: ValueID) -> ValueID {
                value.index < graph.valueCount ? value : fresh[value.index - graph.valueCount]
            }
            removed.formUnion(rewrite.removed)
            for (before, node) in rewrite.added {
                var node = node
                node.inputs = node.inputs.map { $0.map(actual) }
                node.outputs = node.outputs.map { $0.map(actual) }
                added[before, default: []].append(node)
            }
            for (old, new) in rewrite.replaced { replaced[old] = actual(new) }
            for (value, tensor) in rewrite.constants { result.constants[actual(value)] = tensor }
        }
        func current(_ value: ValueID) -> ValueID {
            var value = value
            while let next = replaced[value] { value = next }
            return value
        }
        var nodes: [Node] = []
        for (index, node) in graph.nodes.enumerated() {
            nodes += added[index] ?? []
            if !removed.contains(index) { nodes.append(node) }
        }
        result.nodes = nodes.map { node in
            var node = node
            node.inputs = node.inputs.map { $0.map(current) }
            return node
        }
        result.outputs = result.outputs.map(current)
        return result
    }
}
