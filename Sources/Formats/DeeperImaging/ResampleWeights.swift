/// The weights for resampling along one axis: for each target position, a run of neighbouring source positions and
/// their weights.
///
/// The weights are integers with ``fractionBits`` bits after the binary point, and add up to about 1. This is the
/// arithmetic of Pillow's resampling for 8-bit samples, described in its documentation under "Filters" and in
/// Turkowski, "Filters for common resampling tasks" (1990): if a picture shrinks, the filter is stretched by the scale;
/// its weights are normalised in double precision and rounded to nearest, ties away from zero.
struct ResampleWeights {
    /// 32 bits minus 8 for a sample and 2 for overshoot.
    static let fractionBits: Int32 = 22

    /// The source positions that each target position is computed from: never empty, always inside the source.
    private(set) var runs: [Range<Int>] = []
    /// The weights of target position t start at `values[t * stride]`, one for each position of its run.
    private(set) var values: [Int32]
    /// The distance between the weights of neighbouring targets.
    let stride: Int

    /// - Precondition: both counts are at least 1 and the filter is not `nearest`.
    init(sourceCount: Int, targetCount: Int, filter: ResizeFilter) {
        precondition(sourceCount >= 1 && targetCount >= 1 && filter != .nearest)
        let scale = Double(sourceCount) / Double(targetCount)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        let inverseStretch = 1 / stretch
        stride = Int(support.rounded(.up)) * 2 + 1
        values = [Int32](repeating: 0, count: targetCount * stride)
        runs.reserveCapacity(targetCount)

        var weights: [Double] = []
        for target in 0..<targetCount {
            let middle = (Double(target) + 0.5) * scale
            // Conversion to Int truncates towards zero; a negative start becomes 0 anyway.
            let start = max(0, Int(middle - support + 0.5))
            let end = min(sourceCount, Int(middle + support + 0.5))
            weights.removeAll(keepingCapacity: true)
            var sum = 0.0
            for source in start..<end {
                let weight = filter.weight(at: (Double(source) - middle + 0.5) * inverseStretch)
                weights.append(weight)
                sum += weight
            }
            for (offset, weight) in weights.enumerated() {
                let fixed = (sum == 0 ? weight : weight / sum) * Double(Int32(1) << Self.fractionBits)
                values[target * stride + offset] = Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
            }
            runs.append(start..<end)
        }
    }
}
