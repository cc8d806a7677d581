#if Server
internal import Deeper
internal import DeeperTensors

/// Measures how many rows a model computes most efficiently at once. Larger batches reuse weights, but their values may
/// not fit the caches: which effect is stronger differs from network to network and from CPU to CPU.
enum BatchMeasurement {
    /// The gain that makes a larger batch worth its wait.
    private static let margin = 1.03
    private static let enoughNanoseconds = 50_000_000

    /// Prepares batches of the powers of two up to the largest batch, and of the largest batch itself, and times them.
    ///
    /// - Returns: the smallest of these batches whose time per row is within 3 % of the best, the largest that fits
    ///   into the working memory, and the best time per row in nanoseconds.
    static func rows(
        _ engine: Engine, _ trial: TrialInputs, largest: Int
    ) throws -> (best: Int, largest: Int, rowTime: Double) {
        var sizes = sequence(first: 1) { $0 * 2 }.prefix { $0 < largest }.map { $0 }
        sizes.append(largest)
        var times: [(rows: Int, time: Double)] = []
        for rows in sizes {
            do {
                times.append((rows, try nanosecondsPerRow(engine, trial, rows)))
            } catch let error as DeeperError where error.code == .limitExceeded && !times.isEmpty {
                break
            }
        }
        let least = times.map(\.time).min() ?? 0
        return (times.first { $0.time <= least * margin }?.rows ?? 1, times.last?.rows ?? 1, least)
    }

    /// The shortest time of a few runs, per row.
    static func nanosecondsPerRow(_ engine: Engine, _ trial: TrialInputs, _ rows: Int) throws -> Double {
        let inputs = try trial.tensors(rows: rows)
        _ = try engine.runBlocking(inputs)
        var least = Int.max
        var spent = 0
        repeat {
            let start = nanosecondsNow()
            _ = try engine.runBlocking(inputs)
            let time = nanosecondsNow() - start
            least = min(least, time)
            spent += time
        } while spent < enoughNanoseconds
        return Double(least) / Double(rows)
    }
}
#endif
