public import Deeper
public import DeeperGraphs
internal import DeeperKernels
internal import DeeperPasses
public import DeeperTensors

/// The options of quantising a network.
public struct QuantizationOptions: Sendable {
    /// The method of choosing ranges from the numbers that calibration saw.
    public var ranges = RangeMethod.mse
    /// Whether the ranges of channels are equalised. The float32 network stays the same, except that a Clip may clip a
    /// channel at 1.5 times the largest number that calibration saw.
    public var equalizes = true
    /// Whether weights are chosen so that the results, rather than the weights themselves, change least.
    public var fitsWeights = true
    /// Whether biases compensate for the mean error of quantisation.
    public var correctsBias = true

    public init() {}
}

/// Quantises a trained network: chooses 8-bit weights and activations from the network itself and a few dozen inputs
/// that are like those that it will be used on.
///
/// ```swift
/// var quantizer = try NetworkQuantizer(model.graph, options: QuantizationOptions(), engine: EngineOptions())
/// try quantizer.calibrate(on: batches)
/// let network = try quantizer.quantized()
/// try Model(graph: network.graph, like: model).write(to: "network-int8.onnx")
/// ```
public struct NetworkQuantizer: Sendable {
    /// The network that is quantised, in the simplest form that ONNX can express; after
    /// ``calibrate(on:keeping:progress:)`` with its channels equalised.
    public var graph: Graph { view.graph }
    private var view: GraphView
    /// The network as it was given.
    let source: Graph
    let options: QuantizationOptions
    let engine: EngineOptions
    private let evaluator: Evaluator
    private var isKept: @Sendable (String) -> Bool = { _ in false }
    private var ranges: [ValueID: ValueRange] = [:]
    private var weights: [Int: QuantizedWeights] = [:]
    /// The layers that can be quantised.
    private let products: [Int]
    /// The inputs that weights and biases are fitted on.
    private var samples: [[String: Tensor]] = []
    /// The largest number of inputs that weights and biases are fitted on, because every layer is run on them again.
    private static let largestSampleCount = 100

    /// - Parameters:
    ///   - graph: the graph as read from a file or built, unchanged by passes.
    ///   - engine: the options of the engine that runs the network.
    /// - Throws: `invalidInput` if no part of the network can be quantised or it is already quantised; `unsupported`,
    ///   naming the node, if the network cannot be written in opset 13, the first of QDQ models, or if its shapes
    ///   cannot be inferred; the errors of reading weights.
    public init(_ graph: Graph, options: QuantizationOptions, engine: EngineOptions) throws {
        (source, self.options, self.engine) = (graph, options, engine)
        evaluator = Evaluator(try KernelOptions(.auto))
        var driver = PassDriver(passes: PassPipeline.quantizationPasses, evaluator: evaluator)
        let prepared = try driver.run(graph).graph
        if let node = prepared.nodes.first(where: { $0.form == nil }) {
            throw DeeperError(.unsupported, "the node was made by a pass and has no form in ONNX").within(node.label)
        }
        let opsets = Set(prepared.nodes.compactMap { $0.form?.opset }).sorted()
        guard opsets.count == 1 else { throw DeeperError(.unsupported, "the network has nodes of opsets \(opsets)") }
        if let node = prepared.nodes.first(where: { $0.operatorName == "DequantizeLinear" }) {
            throw DeeperError(.invalidInput, "the network is quantised already").within(node.label)
        }
        view = GraphView(NetworkQuantizer.namingNodesApart(prepared), evaluator: evaluator)
        guard view.types != nil else {
            throw DeeperError(.unsupported, "the shapes of the network's values cannot be inferred")
        }
        products = try QuantizationScheme(view, keeping: { _ in false }).products
        guard !products.isEmpty else {
            throw DeeperError(
                .invalidInput, "the network has no Conv, Gemm or MatMul with constant weights that could be quantised")
        }
    }

    /// Makes the names of the nodes unique, because layers are kept and reported by name.
    private static func namingNodesApart(_ graph: Graph) -> Graph {
        var result = graph
        var taken: Set<String> = []
        for index in graph.nodes.indices {
            let name = graph.nodes[index].name
            var (own, number) = (name, 2)
            while !taken.insert(own).inserted {
                own = "\(name) \(number)"
                number += 1
            }
            result.nodes[index].name = own
        }
        return result
    }

    /// The names of all nodes.
    public var nodeNames: [String] { graph.nodes.map(\.name) }

    /// The names of the layers that can be quantised: products with constant weights, in the network's order.
    public var layerNames: [String] { products.map { graph.nodes[$0].name } }

    /// Runs the network on inputs and chooses the range of every value that is quantised.
    ///
    /// - Parameters:
    ///   - batches: inputs of the network by name.
    ///   - isKept: whether the node with a name stays in float32.
    ///   - progress: called with a description of the next step.
    /// - Throws: `invalidInput` if there are no inputs, if values are not finite, or if every layer is kept in float32;
    ///   the errors of running the network.
    public mutating func calibrate(
        on batches: [[String: Tensor]], keeping isKept: @escaping @Sendable (String) -> Bool = { _ in false },
        progress: (String) throws -> Void = { _ in }
    ) throws {
        guard !batches.isEmpty else { throw DeeperError(.invalidInput, "no pictures to calibrate with") }
        self.isKept = isKept
        samples = NetworkQuantizer.spread(batches, NetworkQuantizer.largestSampleCount)
        let scheme = try self.scheme(keeping: [])
        guard !scheme.products.isEmpty else {
            throw DeeperError(.invalidInput, "every layer is kept in float32, so there is nothing to quantise")
        }
        let values = scheme.groups.keys.sorted { $0.index < $1.index }
        var statistics: [ValueID: ChannelStatistics] = [:]
        let observer = try Observer(graph, values, engine)
        for (number, batch) in batches.enumerated() {
            try progress("ranges (\(number + 1) of \(batches.count))")
            for (value, tensor) in zip(values, try observer.values(batch)) {
                try locating("value \"\(graph.name(of: value))\"") {
                    try statistics[value, default: ChannelStatistics(tensor.shape)].add(tensor)
                }
            }
        }
        if options.equalizes {
            try progress("equalising channels")
            var equalizer = Equalizer(view, scheme)
            try equalizer.equalize(&statistics)
            view = GraphView(equalizer.graph, evaluator: evaluator)
        }
        var seen = statistics.mapValues(\.range)
        if options.ranges != .minMax {
            // After equalising, a Clip may pass less than was seen.
            var histograms = values.map { Histogram(seen[$0] ?? ValueRange(lower: 0, upper: 0)) }
            let observer = try Observer(graph, values, engine)
            for (number, batch) in batches.enumerated() {
                try progress("distributions (\(number + 1) of \(batches.count))")
                for (place, tensor) in try observer.values(batch).enumerated() { try histograms[place].add(tensor) }
            }
            for (value, histogram) in zip(values, histograms) { seen[value] = options.ranges.range(histogram) }
        }
        ranges = seen
        let scales = self.scales(scheme)
        weights = [:]
        for index in scheme.products {
            try locating(graph.nodes[index].label) {
                weights[index] = try plainWeights(index, scheme, scales)
            }
        }
    }

    /// At most `most` elements of a list, evenly spread, because pictures of one class often follow each other.
    static func spread<Element>(_ all: [Element], _ most: Int) -> [Element] {
        let count = min(most, all.count)
        return (0..<count).map { all[$0 * all.count / count] }
    }

    private func plainWeights(
        _ index: Int, _ scheme: QuantizationScheme, _ scales: [ValueID: ByteScale]
    ) throws -> QuantizedWeights {
        let node = graph.nodes[index]
        let bias = try node.inputs.dropFirst(2).first.flatMap { $0 }.flatMap { graph.constants[$0] }?.doubles()
        let scale = node.inputs[0].flatMap { scheme.groups[$0] }.flatMap { scales[$0] }?.scale ?? 1
        // A bias is int32 in units of the products' scale. For filters that are almost zero, that unit would be so
        // small that the bias overflows.
        return try QuantizedWeights(WeightMatrix(graph, node)) { column in
            Float(abs(bias?[column] ?? 0) / Double(scale) / 0x1p28)
        }
    }

    func scheme(keeping kept: Set<String>) throws -> QuantizationScheme {
        try QuantizationScheme(view) { isKept($0.name) || kept.contains($0.name) }
    }

    /// The scale of every group of a scheme.
    func scales(_ scheme: QuantizationScheme) -> [ValueID: ByteScale] {
        var joined: [ValueID: ValueRange] = [:]
        for (value, group) in scheme.groups {
            let own = ranges[value] ?? ValueRange(lower: 0, upper: 0)
            joined[group] = joined[group].map { $0.union(own) } ?? own
        }
        return joined.mapValues(ByteScale.init)
    }

    /// Weights and biases of the products of a scheme.
    func parameters(
        _ scheme: QuantizationScheme, progress: (String) throws -> Void
    ) throws -> NetworkFit.Parameters {
        guard !weights.isEmpty else { throw DeeperError(.invalidInput, "the network is not calibrated") }
        let fit = NetworkFit(
            graph: graph, scheme: scheme, scales: scales(scheme), batches: samples, options: engine,
            fitsWeights: options.fitsWeights, correctsBias: options.correctsBias)
        return try fit.parameters(weights, progress: progress)
    }

    /// Makes the quantised network.
    ///
    /// - Parameter kept: the names of layers that stay in float32.
    /// - Throws: `invalidInput` before ``calibrate(on:keeping:progress:)``.
    public func quantized(
        keeping kept: Set<String> = [], progress: (String) throws -> Void = { _ in }
    ) throws -> QuantizedNetwork {
        let scheme = try self.scheme(keeping: kept)
        return try network(scheme, parameters(scheme, progress: progress))
    }

    func network(_ scheme: QuantizationScheme, _ parameters: NetworkFit.Parameters) throws -> QuantizedNetwork {
        let scales = scales(scheme)
        let writer = try QDQWriter(graph, scheme, scales, parameters.weights, offsets: parameters.offsets)
        let layers = products.compactMap { index -> QuantizedNetwork.Layer? in
            guard let result = scheme.results[index] ?? graph.nodes[index].outputs[0] else { return nil }
            return QuantizedNetwork.Layer(
                name: graph.nodes[index].name, isQuantized: scheme.roles[index] != nil,
                range: scheme.groups[result].flatMap { scales[$0]?.range },
                original: result, value: writer.reals[result] ?? result)
        }
        return QuantizedNetwork(graph: writer.graph, original: graph, layers: layers)
    }
}
