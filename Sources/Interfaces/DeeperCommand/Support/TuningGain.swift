#if CommandLine
import DeeperCommandSupport

/// The gain of a tuned plan: the whole model timed with and without it, in alternating runs.
struct TuningGain: Encodable {
    let estimatedMilliseconds: Double
    let tunedMilliseconds: Double
    /// The estimated time over the tuned one: the median over the rounds, with the smallest and the largest.
    let ratio: Double
    let leastRatio: Double
    let greatestRatio: Double

    init(_ times: NetworkTiming.Times) {
        (estimatedMilliseconds, tunedMilliseconds) = (times.medianBefore, times.medianAfter)
        (ratio, leastRatio, greatestRatio) = (times.ratio, times.spread[0], times.spread[1])
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
