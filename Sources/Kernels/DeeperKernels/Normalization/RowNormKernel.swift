internal import DeeperTensors

/// Layer and root-mean-square normalisation of rows of contiguous floats: Y = (X - mean) / sqrt(mean((X - mean)^2) +
/// epsilon) * scale + shift, where the mean is that of each row, or 0.
///
/// Moments are summed in float64. Operands: X, scale, shift if there is one, Y, and the listed ``Moment``s, with one
/// number per row each.
public final class RowNormKernel: Kernel {
    public var report: KernelReport { KernelReport(isCentered ? "layer normalisation" : "RMS normalisation") }
    public let tileCount: Int
    private let rows: Int, length: Int
    private let scaleCount: Int
    private let shiftCount: Int?
    private let epsilon: Double
    private let isCentered: Bool
    private let moments: [Moment]

    /// A statistic of each row that is written in addition to Y.
    public enum Moment: Sendable {
        case mean
        /// 1 / sqrt(mean((X - mean)^2) + epsilon).
        case inverseDeviation
    }

    /// - Parameters:
    ///   - scaleCount, shiftCount: the number of elements of scale and shift, which repeat over X: a product of X's
    ///     last extents. There is no shift if nil.
    ///   - isCentered: whether the mean is subtracted.
    public init(
        rows: Int, length: Int, scaleCount: Int, shiftCount: Int?, epsilon: Float, isCentered: Bool, moments: [Moment]
    ) {
        self.rows = rows
        self.length = length
        self.scaleCount = scaleCount
        self.shiftCount = shiftCount
        self.epsilon = Double(epsilon)
        self.isCentered = isCentered
        self.moments = moments
        self.tileCount = streamingTileCount(elements: rows * length, rows: rows)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard length > 0 || !moments.isEmpty else { return }
        let target = shiftCount == nil ? 2 : 3
        for row in partition(rows, part: tile, of: tileCount) {
            let x = operands.floats(0) + row * length
            let count = Double(length)
            let mean = isCentered ? sum(of: x, count: length) / count : 0
            let inverse = 1 / (sumOfSquares(of: x, count: length, around: mean) / count + epsilon).squareRoot()
            for (index, moment) in moments.enumerated() {
                operands.floats(target + 1 + index)[row] = Float(moment == .mean ? mean : inverse)
            }
            write(row, mean, Float(inverse), operands)
        }
    }

    /// Writes a row. Scale and shift may be shorter than a row, or span several rows, so they are traversed in runs up
    /// to the next end of any of them.
    private func write(_ row: Int, _ mean: Double, _ inverse: Float, _ operands: Operands) {
        let run = min(length, scaleCount, shiftCount ?? .max)
        var first = row * length
        while first < (row + 1) * length {
            let x = operands.floats(0) + first
            let scale = operands.floats(1) + first % scaleCount
            if let shiftCount {
                let shift = operands.floats(2) + first % shiftCount
                let y = operands.floats(3) + first
                for index in 0..<run {
                    y[index] = Float(Double(x[index]) - mean) * inverse * scale[index] + shift[index]
                }
            } else {
                let y = operands.floats(2) + first
                if isCentered {
                    for index in 0..<run { y[index] = Float(Double(x[index]) - mean) * inverse * scale[index] }
                } else {
                    for index in 0..<run { y[index] = x[index] * inverse * scale[index] }
                }
            }
            first += run
        }
    }
}
