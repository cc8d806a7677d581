internal import DeeperTensors

/// Y = (X - mean) / (deviation + 1e-9) with mean and standard deviation over some axes, for operands of any layout;
/// statistics are summed in float64.
public final class MeanVarianceKernel<Element: NumericElement>: Kernel {
    public var report: KernelReport { KernelReport("mean-variance normalisation") }
    public let tileCount: Int
    private let kept: LoopNest
    private let reduced: LoopNest

    /// - Parameters:
    ///   - kept: the axes with separate statistics for each position; strides of X and Y.
    ///   - reduced: the axes that statistics are computed over; strides of X and Y.
    public init(kept: LoopNest, reduced: LoopNest) {
        self.kept = kept
        self.reduced = reduced
        self.tileCount = streamingTileCount(elements: kept.elementCount * reduced.elementCount, rows: kept.rowCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        kept.forEachRow(partition(kept.rowCount, part: tile, of: tileCount)) { offset in
            for index in 0..<kept.innerCount {
                let at = offset &+ kept.innerStrides &* SIMD4(repeating: index)
                normalise(operands.typed(0) + at[0], operands.typed(1) + at[1])
            }
        }
    }

    private func normalise(_ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>) {
        let count = Double(reduced.elementCount)
        let mean = reduced.fold(x, 0.0) { $0 + $1.double } / count
        let squares = reduced.fold(x, 0.0) { $0 + ($1.double - mean) * ($1.double - mean) }
        let divisor = (squares / count).squareRoot() + 1e-9
        reduced.forEachRow(0..<reduced.rowCount) { offset in
            for index in 0..<reduced.innerCount {
                let at = offset &+ reduced.innerStrides &* SIMD4(repeating: index)
                y[at[1]] = Element(saturating: (x[at[0]].double - mean) / divisor)
            }
        }
    }
}
