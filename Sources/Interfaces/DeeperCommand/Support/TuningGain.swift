#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperKernels
import DeeperTensors

/// What a tuned plan gained: the whole model timed with and without it, in alternating runs.
struct TuningGain: Encodable {
    let estimatedMilliseconds: Double
    let tunedMilliseconds: Double
    /// The estimated time over the tuned one: the median over the rounds, with the smallest and the largest.
    let ratio: Double
    let leastRatio: Double
    let greatestRatio: Double

    /// - Parameter rounds: each runs both plans; at least 1.
    init(
        _ model: Model, options: EngineOptions, _ tuning: Tuning, inputs: [String: Tensor], rounds: Int
    ) throws {
        var tuned = options
        tuned.tuning = tuning
        let engines = [try Engine(model, options: options), try Engine(model, options: tuned)]
        for engine in engines { for _ in 0..<2 { _ = try engine.runBlocking(inputs) } }
        var times: [[Double]] = [[], []]
        for round in 0..<max(1, rounds) {
            for index in round % 2 == 0 ? [0, 1] : [1, 0] {
                let start = ContinuousClock.now
                _ = try engines[index].runBlocking(inputs)
                times[index].append((ContinuousClock.now - start) / .milliseconds(1))
            }
        }
        let ratios = zip(times[0], times[1]).map { $0 / $1 }.sorted()
        estimatedMilliseconds = quantile(times[0].sorted(), 0.5)
        tunedMilliseconds = quantile(times[1].sorted(), 0.5)
        (ratio, leastRatio, greatestRatio) = (quantile(ratios, 0.5), ratios[0], ratios[ratios.count - 1])
    }

    var text: String {
        "a run takes \(fixed(tunedMilliseconds, 2)) ms with the plan and \(fixed(estimatedMilliseconds, 2)) ms without: "
            + "\(fixed(ratio, 2)) times as fast (\(fixed(leastRatio, 2)) to \(fixed(greatestRatio, 2)))"
    }

    enum CodingKeys: String, CodingKey {
        case ratio
        case estimatedMilliseconds = "estimated_ms"
        case tunedMilliseconds = "tuned_ms"
        case leastRatio = "least_ratio"
        case greatestRatio = "greatest_ratio"
    }
}
#endif
