internal import Glibc

/// The method of choosing the range that 8 bits represent from the numbers that calibration saw.
public enum RangeMethod: String, Sendable, CaseIterable {
    /// All numbers that were seen.
    case minMax = "min-max"
    /// All numbers except for one in 10,000, half of these at either end.
    case percentile
    /// The range with the smallest mean squared error.
    case mse
    /// The range with the smallest Kullback-Leibler divergence between the numbers and their 8-bit approximation.
    case kl

    func range(_ histogram: Histogram) -> ValueRange {
        // For a value that is 0 everywhere there is nothing to choose.
        guard histogram.width > 0 else { return histogram.range }
        return switch self {
        case .minMax: histogram.range
        case .percentile: percentile(histogram)
        case .mse: best(histogram) { squaredError(histogram, $0) }
        case .kl: best(histogram) { divergence(histogram, $0) }
        }
    }

    private func percentile(_ histogram: Histogram) -> ValueRange {
        let total = histogram.counts.reduce(histogram.zeros, +)
        func edge(_ bins: some Sequence<Int>) -> Int {
            var left = total / 20_000
            for bin in bins {
                left -= histogram.counts[bin]
                if left < 0 { return bin }
            }
            return 0
        }
        let bins = 0..<Histogram.binCount
        let half = histogram.width / 2
        return ValueRange(
            lower: min(0, max(histogram.range.lower, Float(histogram.centre(edge(bins)) - half))),
            upper: max(0, min(histogram.range.upper, Float(histogram.centre(edge(bins.reversed())) + half))))
    }

    /// The candidate with the lowest cost: first the upper end is moved towards 0, then the lower one.
    private func best(_ histogram: Histogram, cost: (ValueRange) -> Double) -> ValueRange {
        var best = histogram.range
        var least = cost(best)
        for end in [\ValueRange.upper, \ValueRange.lower] where histogram.range[keyPath: end] != 0 {
            let start = best
            for step in stride(from: 99, through: 20, by: -1) {
                var candidate = start
                candidate[keyPath: end] *= Float(step) / 100
                let own = cost(candidate)
                if own < least { (best, least) = (candidate, own) }
            }
        }
        return best
    }

    /// The squared error of rounding within a range and of clipping outside it.
    private func squaredError(_ histogram: Histogram, _ range: ValueRange) -> Double {
        let (lower, upper) = (Double(range.lower), Double(range.upper))
        let step = (upper - lower) / 255
        let rounding = step * step / 12
        var sum = 0.0
        for (bin, count) in histogram.counts.enumerated() where count > 0 {
            let centre = histogram.centre(bin)
            let beyond = centre < lower ? lower - centre : centre > upper ? centre - upper : 0
            sum += count * (beyond > 0 ? beyond * beyond : rounding)
        }
        return sum
    }

    /// The divergence between the numbers, with those outside the range counted at its ends, and the same numbers in
    /// 256 levels.
    private func divergence(_ histogram: Histogram, _ range: ValueRange) -> Double {
        let bins = Histogram.binCount
        func place(_ value: Float) -> Int {
            min(max(Int(((Double(value) - Double(histogram.range.lower)) / histogram.width).rounded()), 0), bins)
        }
        let (first, last) = (place(range.lower), place(range.upper))
        guard last - first > 256 else { return .infinity }
        var kept = Array(histogram.counts[first..<last])
        let inside = kept
        kept[0] += histogram.counts[..<first].reduce(0, +)
        kept[kept.count - 1] += histogram.counts[last...].reduce(0, +)
        var levels = [Double](repeating: 0, count: kept.count)
        for level in 0..<256 {
            let part = level * kept.count / 256..<(level + 1) * kept.count / 256
            let used = part.count { inside[$0] > 0 }
            guard used > 0 else { continue }
            let mean = part.reduce(0) { $0 + inside[$1] } / Double(used)
            for bin in part where inside[bin] > 0 { levels[bin] = mean }
        }
        let (total, levelTotal) = (kept.reduce(0, +), levels.reduce(0, +))
        guard total > 0, levelTotal > 0 else { return .infinity }
        var sum = 0.0
        for (own, level) in zip(kept, levels) where own > 0 {
            // Clipped numbers have no level where there are no other numbers.
            let (p, q) = (own / total, max(level / levelTotal, 1e-9))
            sum += p * log(p / q)
        }
        return sum
    }
}
