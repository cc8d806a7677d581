import DeeperKernels

internal import Glibc

/// The filter of a linear or cubic Resize.
struct ResizeInterpolation: Sendable {
    var isCubic: Bool
    var cubicCoefficient: Double
    var isAntialiased: Bool
    var excludesOutside: Bool

    /// The taps of every output position along one axis; taps beyond the edge use the edge.
    func axis(_ coordinates: ResizeCoordinates) -> ResampleAxis {
        let all = (0..<coordinates.outputExtent).map { taps(at: coordinates.source($0), coordinates) }
        let outside = (0..<coordinates.outputExtent).map(coordinates.isOutside)
        return ResampleAxis(inputExtent: coordinates.inputExtent, taps: all, outside: outside)
    }

    private func taps(at x: Double, _ coordinates: ResizeCoordinates) -> [(index: Int, weight: Float)] {
        // With antialiasing, shrinking widens the filter by the shrink factor.
        let squeeze = isAntialiased ? min(coordinates.scale.value, 1) : 1
        let radius = (isCubic ? 2 : 1) / squeeze
        let base = floor(x)
        let first = Int(floor(-radius)) + 1
        let last = Int(ceil(radius))
        var total = 0.0
        var weights: [(index: Int, weight: Double)] = []
        for step in first...last {
            let position = base + Double(step)
            let weight = filter((position - x) * squeeze)
            let isInside = position >= 0 && position < Double(coordinates.inputExtent)
            guard weight != 0, isInside || !excludesOutside else { continue }
            total += weight
            let index = Int(min(max(position, 0), Double(coordinates.inputExtent - 1)))
            if let last = weights.last, last.index == index {
                weights[weights.count - 1].weight += weight
            } else {
                weights.append((index, weight))
            }
        }
        let normaliser = isAntialiased || excludesOutside ? total : 1
        return weights.map { ($0.index, Float($0.weight / normaliser)) }
    }

    private func filter(_ distance: Double) -> Double {
        let t = abs(distance)
        guard isCubic else { return max(0, 1 - t) }
        let a = cubicCoefficient
        if t <= 1 { return ((a + 2) * t - (a + 3)) * t * t + 1 }
        if t < 2 { return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a }
        return 0
    }
}
