#if Server
internal import Deeper
internal import Tensors

/// How many rows a model computes best at once. Larger batches reuse weights, but their values may not fit the caches:
/// which weighs more differs from network to network and from CPU to CPU.
enum BatchMeasurement {
    /// A larger batch has to be worth its wait.
    private static let margin = 1.03
    private static let enoughNanoseconds = 50_000_000

    /// Prepares the powers of two up to the largest batch, and that, and times them.
    ///
    /// - Returns: the least of them whose time for a row is within 3 % of the best.
    static func bestRows(_ engine: Engine, largest: Int) throws -> Int {
        var sizes = sequence(first: 1) { $0 * 2 }.prefix { $0 < largest }.map { $0 }
        sizes.append(largest)
        let times = try sizes.map { try nanosecondsPerRow(engine, $0) }
        let best = times.min() ?? 0
        return zip(sizes, times).first { $1 <= best * margin }?.0 ?? 1
    }

    /// The least time of a few runs.
    private static func nanosecondsPerRow(_ engine: Engine, _ rows: Int) throws -> Double {
        let inputs = try engine.model.seededInputs(batch: rows)
        _ = try engine.run(inputs)
        var least = Int.max
        var spent = 0
        repeat {
            let start = nanosecondsNow()
            _ = try engine.run(inputs)
            let time = nanosecondsNow() - start
            least = min(least, time)
            spent += time
        } while spent < enoughNanoseconds
        return Double(least) / Double(rows)
    }
}
#endif
