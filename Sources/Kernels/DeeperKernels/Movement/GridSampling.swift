/// The rules for sampling a picture between its pixels and outside its border (ONNX GridSample).
public struct GridSampling: Sendable {
    /// The value at a position between pixels: the nearest pixel, or an interpolation of 2 or 4 pixels along every
    /// axis.
    public enum Mode: Sendable { case nearest, linear, cubic }

    /// The values outside the picture: zeros, its edge, or its repeated mirror image.
    public enum Padding: String, Sendable, CaseIterable { case zeros, border, reflection }

    let mode: Mode
    let padding: Padding
    let alignsCorners: Bool

    /// - Parameter alignsCorners: whether -1 and 1 are the centres of the outermost pixels; otherwise they are their
    ///   outer edges.
    public init(mode: Mode, padding: Padding, alignsCorners: Bool) {
        self.mode = mode
        self.padding = padding
        self.alignsCorners = alignsCorners
    }

    /// The number of pixels along an axis that a position depends on.
    var tapsPerAxis: Int {
        switch mode {
        case .nearest: 1
        case .linear: 2
        case .cubic: 4
        }
    }

    /// The position in pixels for a grid coordinate from -1 to 1. It is computed in the grid's type, as in other
    /// engines, which round to the nearest pixel in that type.
    func position<Number: BinaryFloatingPoint>(_ number: Number, extent: Int) -> Double {
        let raw =
            alignsCorners
            ? (number + 1) / 2 * Number(extent - 1) : ((number + 1) * Number(extent) - 1) / 2
        return bounded(Double(mode == .nearest ? raw.rounded(.toNearestOrEven) : raw), extent: extent)
    }

    /// Writes the pixels that a position depends on, -1 for zeros, and their weights.
    func writeTaps(
        at position: Double, extent: Int, pixels: UnsafeMutablePointer<Int>, weights: UnsafeMutablePointer<Double>
    ) {
        let base = position.rounded(.down)
        let first = Int(base)
        let t = position - base
        switch mode {
        case .nearest:
            weights[0] = 1
            pixels[0] = pixel(first, extent: extent)
        case .linear:
            (weights[0], weights[1]) = (1 - t, t)
            for tap in 0..<2 { pixels[tap] = pixel(first + tap, extent: extent) }
        case .cubic:
            for tap in 0..<4 {
                weights[tap] = GridSampling.cubic(abs(t + 1 - Double(tap)))
                pixels[tap] = pixel(first - 1 + tap, extent: extent)
            }
        }
    }

    /// Keys' cubic convolution with a = -0.75.
    private static func cubic(_ x: Double) -> Double {
        let a = -0.75
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    }

    /// The positions of the mirrors.
    private func edges(_ extent: Int) -> (low: Double, high: Double) {
        alignsCorners ? (0, Double(extent - 1)) : (-0.5, Double(extent) - 0.5)
    }

    /// Limits a position to the range of integers: a few pixels outside the picture, all neighbours are zeros anyway.
    /// NaN counts as outside, or as the first pixel if the padding leaves no outside.
    private func bounded(_ position: Double, extent: Int) -> Double {
        switch padding {
        case .zeros: return position.isNaN ? -4 : min(max(position, -4), Double(extent + 4))
        case .border:
            let (low, high) = edges(extent)
            return position >= low && position <= high
                ? position : position.isNaN ? 0 : min(max(position, 0), Double(extent - 1))
        case .reflection: return reflected(position, extent: extent)
        }
    }

    private func reflected(_ position: Double, extent: Int) -> Double {
        let (low, high) = edges(extent)
        if position >= low && position <= high { return position }
        let range = high - low
        let distance = position < low ? low - position : position - high
        guard range > 0, distance.isFinite else { return max(low, 0) }
        let turns = (distance / range).rounded(.down)
        let rest = min(max(distance - turns * range, 0), range)
        let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
        return (position < low) == isEven ? low + rest : high - rest
    }

    private func pixel(_ index: Int, extent: Int) -> Int {
        if index >= 0, index < extent { return index }
        switch padding {
        case .zeros: return -1
        case .border: return index < 0 ? 0 : extent - 1
        case .reflection: return min(max(Int(reflected(Double(index), extent: extent)), 0), extent - 1)
        }
    }
}
