public import DeeperGraphs
internal import DeeperTensors

/// The target of a reduction.
public enum ReductionTarget: Sendable {
    /// The same rank for every layer, in every mode.
    case rank(Int)
    /// The share of the energy that every layer keeps, in every mode.
    case energy(Double)
    /// The share of the chosen layers' multiply-accumulates that is left, distributed over the layers where it is most
    /// useful.
    case macs(Double)
}

/// A chosen layer after a reduction.
public struct ReducedLayer: Sendable {
    public let name: String
    /// The layer's output, in the original graph and in the reduced one.
    public let output: ValueID
    /// [filters, channels, height, width].
    public let shape: [Int]
    /// The ranks of the factorisation; empty for a layer that is not factored.
    public let ranks: [Int]
    /// The rank below which multiply-accumulates are saved.
    public let breakEvenRank: Double
    public let macsBefore: Int
    public let macsAfter: Int
    public let parametersBefore: Int
    public let parametersAfter: Int
    /// The relative error of the weights in the Frobenius norm.
    public let weightError: Double
}

/// A network in which convolutions are factored.
public struct ReducedNetwork: Sendable {
    public let graph: Graph
    public let layers: [ReducedLayer]
}

/// Factors convolutions of a network with linear algebra, without training.
public struct NetworkReducer {
    public let graph: Graph
    public let method: ReductionMethod
    /// The chosen layers, in the graph's order.
    public let layers: [ConvolutionLayer]

    /// - Parameters:
    ///   - graph: the graph as read from a file or built, unchanged by passes.
    ///   - isChosen: decides by a layer's name; nil chooses every convolution larger than 1x1 with at least 8 channels.
    /// - Throws: `invalidInput` if no such convolution is chosen.
    public init(_ graph: Graph, method: ReductionMethod, choosing isChosen: ((String) -> Bool)? = nil) throws {
        self.graph = graph
        self.method = method
        let types = try graph.inferTypes(try graph.plausibleTypes())
        let all = graph.nodes.indices.compactMap { ConvolutionLayer(graph, $0, types) }.filter { $0.taps > 1 }
        layers = all.filter { layer in isChosen.map { $0(layer.name) } ?? (layer.channels >= 8) }
        guard !layers.isEmpty else {
            let names = all.map(\.name).joined(separator: ", ")
            throw DeeperError(
                .invalidInput,
                names.isEmpty
                    ? "the network has no convolution larger than 1x1 with one group and constant weights to factor"
                    : "no convolution is chosen; there are \(names)")
        }
    }

    /// Multiply-accumulates of the chosen layers for one image.
    public var macs: Int { saturatingSum(layers.map(\.macs)) }

    /// The share of the layers' multiply-accumulates that is left with rank 1 everywhere.
    public var leastShare: Double {
        let ones = Array(repeating: 1, count: method.rankCount)
        let least = saturatingSum(layers.map { min($0.macs, $0.macs(method, ranks: ones)) })
        return Double(least) / Double(max(1, macs))
    }

    /// Factors the layers, in the graph's order.
    ///
    /// - Parameters:
    ///   - calibration: pictures like those that the network will be used on. Each layer is then fitted to the original
    ///     layer's outputs, given the inputs that the previously reduced layers leave it. If nil, only the weights are
    ///     used.
    ///   - progress: called before each layer.
    /// - Throws: `invalidInput`, stating the numbers, for ranks that save nothing or a budget that cannot be kept.
    public func reduce(
        to target: ReductionTarget, calibration: Calibration? = nil,
        progress: (Int, String) throws -> Void = { _, _ in }
    ) throws -> ReducedNetwork {
        try check(target)
        let weights = try layers.map { try self.weights($0) }
        let ranks = try chosenRanks(target, weights, calibration, progress)
        var editor = GraphEditor(graph)
        var reduced: [ReducedLayer] = []
        for (number, layer) in layers.enumerated() {
            try progress(number, layer.name)
            guard !ranks[number].isEmpty else {
                reduced.append(row(layer, weights[number], [], nil))
                continue
            }
            try locating("layer \"\(layer.name)\"") {
                try layer.check(method, ranks: ranks[number])
                let moments = try calibration.map { calibration in
                    let isFirst = reduced.allSatisfy(\.ranks.isEmpty)
                    return try calibration.moments(of: layer, in: isFirst ? nil : editor.graph, original: graph)
                }
                let factored = try FilterFactorizer(layer, method, weights: weights[number], moments: moments)
                    .factors(ranks: ranks[number], bias: bias(layer))
                try editor.replace(layer, by: factored)
                reduced.append(row(layer, weights[number], ranks[number], factored))
            }
        }
        return ReducedNetwork(graph: editor.graph.withoutUnusedConstants(), layers: reduced)
    }

    private func check(_ target: ReductionTarget) throws {
        switch target {
        case .rank(let rank) where rank < 1:
            throw DeeperError(.invalidInput, "rank \(rank), expected at least 1")
        case .energy(let share) where !(share > 0 && share <= 1):
            throw DeeperError(.invalidInput, "energy \(share), expected above 0 and at most 1")
        case .macs(let share) where !(share > 0 && share <= 1):
            throw DeeperError(.invalidInput, "a share of \(share) MACs, expected above 0 and at most 1")
        default: break
        }
    }

    /// The ranks of every layer; empty for a layer that is not factored.
    private func chosenRanks(
        _ target: ReductionTarget, _ weights: [[Float]], _ calibration: Calibration?,
        _ progress: (Int, String) throws -> Void
    ) throws -> [[Int]] {
        // Only one layer's covariances are in memory at a time, because they are large.
        func factorizer(_ number: Int) throws -> FilterFactorizer {
            try progress(number, "spectrum of \(layers[number].name)")
            let moments = try calibration?.moments(of: layers[number], in: nil, original: graph)
            return try locating("layer \"\(layers[number].name)\"") {
                try FilterFactorizer(layers[number], method, weights: weights[number], moments: moments)
            }
        }
        switch target {
        case .rank(let rank):
            return layers.map { _ in Array(repeating: rank, count: method.rankCount) }
        case .energy(let share):
            return try layers.enumerated().map { number, layer in
                let ranks = try factorizer(number).ranks(keeping: share)
                return layer.macs(method, ranks: ranks) < layer.macs ? ranks : []
            }
        case .macs(let share):
            let candidates = try layers.enumerated().map { number, layer in
                [RankCandidate(ranks: [], macs: layer.macs, loss: 0)] + (try factorizer(number).candidates)
            }
            return try RankBudget.choose(candidates, macs: Int(min(Double(macs) * share, 0x1p62))).map(\.ranks)
        }
    }

    private func weights(_ layer: ConvolutionLayer) throws -> [Float] {
        // The weights are constant: ConvolutionLayer accepts no other nodes.
        let value = graph.nodes[layer.index].inputs[1]
        return try value.flatMap { graph.constants[$0] }?.elements(as: Float.self) ?? []
    }

    private func bias(_ layer: ConvolutionLayer) throws -> [Float] {
        let inputs = graph.nodes[layer.index].inputs
        guard inputs.count > 2, let value = inputs[2] else { return Array(repeating: 0, count: layer.filters) }
        guard let tensor = graph.constants[value] else {
            throw DeeperError(.unsupported, "the bias is computed while running")
        }
        return try tensor.elements(as: Float.self)
    }

    private func row(
        _ layer: ConvolutionLayer, _ weights: [Float], _ ranks: [Int], _ factored: FactoredConvolution?
    ) -> ReducedLayer {
        ReducedLayer(
            name: layer.name, output: layer.output, shape: [layer.filters, layer.channels, layer.height, layer.width],
            ranks: ranks,
            breakEvenRank: layer.breakEvenRank(method), macsBefore: layer.macs,
            macsAfter: ranks.isEmpty ? layer.macs : layer.macs(method, ranks: ranks),
            parametersBefore: weights.count,
            parametersAfter: factored?.parts.reduce(0) { $0 + $1.weights.count } ?? weights.count,
            weightError: factored?.weightError ?? 0)
    }
}
