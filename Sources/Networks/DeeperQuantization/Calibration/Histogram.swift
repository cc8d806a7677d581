internal import DeeperTensors

/// The number of a value's elements in bins of equal width. Zeros, which every quantisation keeps exactly, are counted
/// separately.
struct Histogram: Sendable {
    static let binCount = 2048
    let range: ValueRange
    private(set) var counts: [Double]
    private(set) var zeros = 0.0

    /// - Parameter range: the range of all elements.
    init(_ range: ValueRange) {
        self.range = range
        counts = Array(repeating: 0, count: Histogram.binCount)
    }

    var width: Double { (Double(range.upper) - Double(range.lower)) / Double(Histogram.binCount) }

    /// The middle of a bin.
    func centre(_ bin: Int) -> Double { Double(range.lower) + (Double(bin) + 0.5) * width }

    mutating func add(_ tensor: Tensor) throws {
        let factor = Float(1 / width)
        guard factor.isFinite else { return }
        let lower = range.lower
        let values = try tensor.elements(as: Float.self)
        var found = 0
        counts.withUnsafeMutableBufferPointer { counts in
            for value in values {
                if value == 0 {
                    found += 1
                } else {
                    let bin = Int(min(max((value - lower) * factor, 0), Float(Histogram.binCount - 1)))
                    counts[bin] += 1
                }
            }
        }
        zeros += Double(found)
    }
}
