internal import DeeperTensors

/// Y = X / norm along one axis of a dense value; the norm is the sum of |x| or the square root of the sum of x^2, taken
/// in float64. Where it is 0, Y is 0.
public final class LpNormKernel<Element: NumericElement>: Kernel {
    public var report: KernelReport { KernelReport("Lp normalisation") }
    public let tileCount: Int
    private let outer: Int, length: Int, inner: Int
    private let isEuclidean: Bool

    /// - Parameters:
    ///   - outer, length, inner: elements before, along and after the axis, in physical order.
    ///   - isEuclidean: whether the norm is the square root of the sum of squares instead of the sum of absolute
    ///     values.
    public init(outer: Int, length: Int, inner: Int, isEuclidean: Bool) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.isEuclidean = isEuclidean
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        for line in partition(outer * inner, part: tile, of: tileCount) {
            let first = line / inner * length * inner + line % inner
            let x = operands.typed(0, as: Element.self) + first
            let y = operands.typed(1, as: Element.self) + first
            var sum = 0.0
            for index in 0..<length {
                let value = x[index * inner].double
                sum += isEuclidean ? value * value : abs(value)
            }
            let norm = isEuclidean ? sum.squareRoot() : sum
            for index in 0..<length {
                y[index * inner] = Element(saturating: norm == 0 ? 0 : x[index * inner].double / norm)
            }
        }
    }
}
