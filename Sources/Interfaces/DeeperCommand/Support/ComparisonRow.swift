#if CommandLine
import Deeper
import DeeperCounting
import DeeperKernels
import DeeperTensors
import DeeperZoo

/// A naive and a reduced form, counted and timed in alternation.
struct ComparisonRow: Encodable {
    let convention: InceptionPair.Convention
    let name: String
    let naive: Form?
    let reduced: Form?
    /// Naive over reduced multiply-accumulates.
    let predicted: Double
    /// Naive over reduced time: the median of the rounds, and their least and largest.
    let achieved: Double?
    let spread: [Double]?

    struct Form: Encodable {
        /// MACs of one image.
        let macs: Int
        let parameters: Int
        /// Bytes of every node's inputs and outputs for one image.
        let activationBytes: Int
        let weightBytes: Int
        /// Milliseconds per image: the median of the rounds, and the least.
        let milliseconds: Double
        let least: Double
        /// GFLOP/s at the median, with 2 FLOPs per MAC of direct computation.
        let gflops: Double
        /// The share of the peak multiply-add rate of all threads' cores.
        let ofPeak: Double

        enum CodingKeys: String, CodingKey {
            case macs, parameters, gflops
            case activationBytes = "activation_bytes"
            case weightBytes = "weight_bytes"
            case milliseconds = "median_ms"
            case least = "min_ms"
            case ofPeak = "of_peak"
        }
    }

    init(
        _ pair: InceptionPair, _ forms: [InceptionForm], batch: Int, rounds: Int, budgetMilliseconds: Double,
        _ options: EngineOptions, _ core: inout CoreRate
    ) throws {
        let runs = try forms.map { form in
            try Run(Model(graph: pair.graph(form, weights: .seeded(1))), batch: batch, options)
        }
        var times = forms.map { _ in [Double]() }
        var peak = 0.0
        for _ in 0..<rounds {
            peak = max(peak, core.multiplyAddsPerNanosecond(budget: 2_000_000))
            for (index, run) in runs.enumerated() {
                times[index].append(try run.time(budget: budgetMilliseconds) / Double(batch))
            }
        }
        func form(_ wanted: InceptionForm) -> Form? {
            guard let index = forms.firstIndex(of: wanted) else { return nil }
            let (count, sorted) = (pair.count(wanted), times[index].sorted())
            let median = quantile(sorted, 0.5)
            let rate = Double(count.macs) / median / 1e6
            return Form(
                macs: count.macs, parameters: count.parameters, activationBytes: count.activationBytes,
                weightBytes: count.weightBytes, milliseconds: median, least: sorted[0], gflops: 2 * rate,
                ofPeak: rate / (peak * Double(options.threads)))
        }
        convention = pair.convention
        name = pair.name
        (naive, reduced) = (form(.naive), form(.reduced))
        predicted = pair.predictedRatio
        let ratios = times.count == 2 ? zip(times[0], times[1]).map { $0 / $1 }.sorted() : []
        achieved = ratios.isEmpty ? nil : quantile(ratios, 0.5)
        spread = ratios.isEmpty ? nil : [ratios[0], ratios[ratios.count - 1]]
    }

    /// One network, ready and warm.
    private struct Run {
        private let engine: Engine
        private let inputs: [String: Tensor]

        init(_ model: Model, batch: Int, _ options: EngineOptions) throws {
            engine = try Engine(model, options: options)
            inputs = try model.seededInputs(batch: batch)
            for _ in 0..<2 { _ = try engine.runBlocking(inputs) }
        }

        /// The median time of as many runs as fit into the budget, at least one.
        func time(budget: Double) throws -> Double {
            var times: [Double] = []
            let start = ContinuousClock.now
            repeat {
                let begin = ContinuousClock.now
                _ = try engine.runBlocking(inputs)
                times.append(milliseconds(ContinuousClock.now - begin))
            } while milliseconds(ContinuousClock.now - start) < budget
            return quantile(times.sorted(), 0.5)
        }
    }

    enum CodingKeys: String, CodingKey {
        case convention, name, naive, reduced, achieved, spread
        case predicted = "predicted_ratio"
    }
}
#endif
