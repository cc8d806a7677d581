internal import Deeper
internal import DeeperGraphs
public import DeeperTensors

/// How well a quantised classifier agrees with the float32 network.
public struct QuantizationAgreement: Sendable {
    /// The number of pictures with the same best class, and (``count``) of all pictures.
    public let same: Int
    public let count: Int
    /// The sum of the squared differences of the scores.
    let error: Double

    public var share: Double { count == 0 ? 1 : Double(same) / Double(count) }
}

extension NetworkQuantizer {
    /// The quantised network with as many layers left in float32 as are needed for the required agreement with the
    /// float32 network.
    ///
    /// The layers are ordered by how much the scores improve if that layer alone is left in float32. The first layers
    /// in this order stay in float32, as many as are needed.
    ///
    /// - Parameters:
    ///   - share: the share of inputs, up to 1, for which the best class must be the same.
    ///   - batches: inputs that were not used for calibration.
    /// - Returns: the network, and its agreement on these inputs.
    /// - Throws: `invalidInput` before ``calibrate(on:keeping:progress:)``, if there are no inputs, or if the network
    ///   is not a classifier: its first output is not a row of scores for each picture.
    public func quantized(
        agreeing share: Double, on batches: [[String: Tensor]], progress: (String) throws -> Void = { _ in }
    ) throws -> (network: QuantizedNetwork, agreement: QuantizationAgreement) {
        guard !batches.isEmpty else {
            throw DeeperError(.invalidInput, "there are no held-back pictures to compare with")
        }
        let judge = try Judge(source, batches, engine)
        let scheme = try self.scheme(keeping: [])
        let parameters = try self.parameters(scheme, progress: progress)
        let whole = try network(scheme, parameters)
        let first = try judge.agreement(of: whole.graph)
        if first.share >= share { return (whole, first) }
        let names = scheme.products.map { graph.nodes[$0].name }
        let gains = try names.enumerated().map { number, name -> Double in
            try progress("trying \(name) in float32 (\(number + 1) of \(names.count))")
            let part = try network(self.scheme(keeping: [name]), parameters)
            return first.error - (try judge.agreement(of: part.graph).error)
        }
        let order = names.indices.sorted { (gains[$0], $1) > (gains[$1], $0) }.map { names[$0] }
        // The search first uses the existing weights, because fitting new ones takes most of the time.
        var (low, high) = (0, names.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            try progress("\(middle) layers in float32")
            let part = try network(self.scheme(keeping: Set(order.prefix(middle))), parameters)
            if try judge.agreement(of: part.graph).share >= share { high = middle } else { low = middle }
        }
        while true {
            let part = try quantized(keeping: Set(order.prefix(high)), progress: progress)
            let reached = try judge.agreement(of: part.graph)
            // With all layers in float32, nothing is quantised.
            if reached.share >= share || high == names.count { return (part, reached) }
            high += 1
        }
    }
}

/// Compares networks with the float32 network's scores for some inputs.
private struct Judge {
    private let batches: [[String: Tensor]]
    private let options: EngineOptions
    private let output: ScoreOutput
    private let scores: [[Float]]

    init(_ graph: Graph, _ batches: [[String: Tensor]], _ options: EngineOptions) throws {
        (self.batches, self.options) = (batches, options)
        let engine = try Engine(Model(graph: graph), options: options)
        let names = engine.model.outputNames
        var output: ScoreOutput?
        scores = try batches.map { batch in
            let found = try engine.runBlocking(batch)
            let own = try ScoreOutput(
                of: names.compactMap { name in found[name].map { (name, TensorType($0.elementType, $0.shape)) } },
                pictureCount: batch.values.first?.shape.dimensions.first ?? 1, labelCount: nil)
            output = own
            return try found[own.name]?.elements(as: Float.self) ?? []
        }
        guard let output else { throw DeeperError(.internalFault, "there are no inputs") }
        self.output = output
    }

    func agreement(of graph: Graph) throws -> QuantizationAgreement {
        let engine = try Engine(Model(graph: graph), options: options)
        var (same, count, error) = (0, 0, 0.0)
        for (batch, wanted) in zip(batches, scores) {
            guard let own = try engine.runBlocking(batch)[output.name]?.elements(as: Float.self),
                own.count == wanted.count
            else {
                throw DeeperError(.internalFault, "output \"\(output.name)\" is gone")
            }
            for start in stride(from: 0, to: own.count, by: max(1, output.classCount)) {
                let row = start..<start + output.classCount
                if try best(own[row]) == best(wanted[row]) { same += 1 }
                count += 1
            }
            error += zip(own, wanted).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        }
        return QuantizationAgreement(same: same, count: count, error: error)
    }

    private func best(_ scores: ArraySlice<Float>) throws -> Int? {
        try Prediction.top(1, of: Array(scores), labels: nil).first?.index
    }
}
