internal import DeeperTensors

/// The extremes of a value over the calibration inputs, for each channel (axis 1; one channel if the value has no such
/// axis).
struct ChannelStatistics: Sendable {
    private(set) var least: [Float]
    private(set) var most: [Float]

    init(_ shape: Shape) {
        let channels = shape.rank > 1 ? shape[1] : 1
        least = Array(repeating: .infinity, count: channels)
        most = Array(repeating: -.infinity, count: channels)
    }

    /// Adds the elements of a tensor. If axis 1 has another length than before, there is one channel from then on.
    ///
    /// - Throws: `invalidInput` for NaN or infinity.
    mutating func add(_ tensor: Tensor) throws {
        let shape = tensor.shape
        if (shape.rank > 1 ? shape[1] : 1) != least.count {
            // Axis 1 is not a channel axis.
            (least, most) = ([least.min() ?? .infinity], [most.max() ?? -.infinity])
        }
        let images = shape.rank > 1 && least.count > 1 ? shape[0] : 1
        let pixels = shape.elementCount / max(1, images * least.count)
        let values = try tensor.elements(as: Float.self)
        // Becomes NaN as soon as one number is not finite.
        var odd: Float = 0
        values.withUnsafeBufferPointer { values in
            for image in 0..<images {
                for channel in least.indices {
                    let start = (image * least.count + channel) * pixels
                    var (low, high) = (least[channel], most[channel])
                    for place in start..<start + pixels {
                        low = min(low, values[place])
                        high = max(high, values[place])
                        odd += values[place] - values[place]
                    }
                    (least[channel], most[channel]) = (low, high)
                }
            }
        }
        guard odd == 0 else {
            throw DeeperError(.invalidInput, "the float32 network computes values that are not finite")
        }
    }

    /// The largest magnitude of each channel.
    var magnitudes: [Float] { zip(least, most).map { max(abs($0), abs($1)) }.map { $0.isFinite ? $0 : 0 } }
    /// The range from the smallest to the largest element, extended to include 0.
    var range: ValueRange {
        ValueRange(lower: min(0, least.min() ?? 0), upper: max(0, most.max() ?? 0))
    }

    /// Changes the statistics as if the channels from `first` on were multiplied by positive factors.
    mutating func scale(by factors: [Float], from first: Int) {
        for (channel, factor) in factors.enumerated() where first + channel < least.count {
            least[first + channel] *= factor
            most[first + channel] *= factor
        }
    }
}

/// The range of numbers that 8 bits are to represent; it includes 0.
public struct ValueRange: Sendable, Hashable {
    public var lower: Float
    public var upper: Float

    public init(lower: Float, upper: Float) { (self.lower, self.upper) = (lower, upper) }

    func union(_ other: ValueRange) -> ValueRange {
        ValueRange(lower: min(lower, other.lower), upper: max(upper, other.upper))
    }
}
