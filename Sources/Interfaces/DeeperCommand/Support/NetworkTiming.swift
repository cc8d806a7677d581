#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperReduction
import DeeperTensors

/// Times a network against reduced, quantised or tuned forms of it, in alternating runs: one picture at a time, or on given
/// inputs.
struct NetworkTiming {
    private let original: Engine
    private let rounds: Int
    private let inputs: [String: Tensor]
    /// Images in one run: more than one only if the model fixes its batch. With given inputs 1: times are those of runs.
    private let images: Int

    /// - Parameter inputs: of every run; nil: made-up ones of one picture.
    init(_ original: Engine, rounds: Int, inputs: [String: Tensor]? = nil) throws {
        self.original = original
        self.rounds = rounds
        self.inputs = try inputs ?? original.model.seededInputs()
        images = inputs == nil ? original.model.largestBatch(1) : 1
    }

    struct Times {
        /// Milliseconds per image, sorted.
        let before: [Double]
        let after: [Double]
        /// Milliseconds of the layers, by name: the median of the rounds. Layers that share a step with another are
        /// left out.
        let layersBefore: [String: Double]
        let layersAfter: [String: Double]

        /// The ratios of all rounds, sorted.
        let ratios: [Double]

        var medianBefore: Double { quantile(before, 0.5) }
        var medianAfter: Double { quantile(after, 0.5) }
        var ratio: Double { quantile(ratios, 0.5) }
        /// The smallest and the largest ratio.
        var spread: [Double] { [ratios[0], ratios[ratios.count - 1]] }

        var text: String {
            "whole network: \(fixed(medianBefore, 2)) ms before, \(fixed(medianAfter, 2)) after, "
                + "\(fixed(ratio, 2)) times as fast (\(fixed(spread[0], 2)) to \(fixed(spread[1], 2)))"
        }
    }

    /// - Parameter layers: the steps that compute each layer, by the layer's name.
    func compare(_ other: Engine, layers: [String: LayerSteps] = [:]) throws -> Times {
        for engine in [original, other] { for _ in 0..<3 { _ = try engine.runBlocking(inputs) } }
        var (before, after): ([Double], [Double]) = ([], [])
        var (steps, partSteps): ([[Engine.StepTime]], [[Engine.StepTime]]) = ([], [])
        for _ in 0..<rounds {
            before.append(try time(original, inputs))
            after.append(try time(other, inputs))
            steps.append(try original.profile(inputs))
            partSteps.append(try other.profile(inputs))
        }
        return Times(
            before: before.sorted(), after: after.sorted(),
            layersBefore: layerTimes(steps, layers.mapValues(\.before)),
            layersAfter: layerTimes(partSteps, layers.mapValues(\.after)),
            ratios: zip(before, after).map { $0 / $1 }.sorted())
    }

    /// The names of the steps of a layer, before and after.
    struct LayerSteps {
        var before: Set<String>
        var after: Set<String>
    }

    private func time(_ engine: Engine, _ inputs: [String: Tensor]) throws -> Double {
        // The best of a few runs: a round should measure the networks, not other programs on the machine.
        try (0..<3).map { _ in
            let start = ContinuousClock.now
            _ = try engine.runBlocking(inputs)
            return milliseconds(ContinuousClock.now - start) / Double(images)
        }.min() ?? 0
    }

    private func layerTimes(_ runs: [[Engine.StepTime]], _ layers: [String: Set<String>]) -> [String: Double] {
        let images = Double(images)
        return layers.compactMapValues { names in
            let sums = runs.map { run in
                run.filter { names.contains($0.name) }.reduce(0.0) { $0 + Double($1.nanoseconds) / 1e6 / images }
            }.sorted()
            return sums.last.flatMap { $0 > 0 ? quantile(sums, 0.5) : nil }
        }
    }

    /// The largest share of the layers' multiply-accumulates with which the network takes at most `latency`
    /// milliseconds.
    ///
    /// Ranks are tried without calibration: times do not depend on the values of the weights.
    ///
    /// - Throws: `invalidInput` if no share is fast enough.
    func share(reaching latency: Double, of reducer: NetworkReducer, options: EngineOptions) throws -> Double {
        func median(_ share: Double) throws -> Double {
            let graph = share == 1 ? reducer.graph : try reducer.reduce(to: .macs(share)).graph
            let engine = try Engine(Model(graph: graph), options: options)
            for _ in 0..<3 { _ = try engine.runBlocking(inputs) }
            return quantile(try (0..<max(5, rounds)).map { _ in try time(engine, inputs) }.sorted(), 0.5)
        }
        let whole = try median(1)
        if whole <= latency { return 1 }
        // A little above the least share, so that rounding does not end below it.
        var (low, high) = (min(1, reducer.leastShare * 1.01), 1.0)
        let least = try median(low)
        guard least <= latency else {
            throw DeeperError(
                .invalidInput,
                "the network takes \(fixed(whole, 2)) ms, and \(fixed(least, 2)) ms with \(fixed(low * 100, 0)) % of "
                    + "the layers' MACs: \(fixed(latency, 2)) ms cannot be reached")
        }
        for _ in 0..<6 {
            let middle = (low + high) / 2
            if try median(middle) <= latency { low = middle } else { high = middle }
        }
        return low
    }
}
#endif
