internal import DeeperTensors
internal import Glibc

/// Softmax or its logarithm along one axis of a dense value: exp(x - max) / sum, summed in float64.
public final class SoftmaxKernel: Kernel {
    public var report: KernelReport { KernelReport(lowering) }
    private let lowering: String
    public let tileCount: Int
    private let outer: Int, length: Int, inner: Int
    private let isLogarithm: Bool

    /// - Parameters:
    ///   - outer, length, inner: elements before, along and behind the axis, in physical order.
    public init(outer: Int, length: Int, inner: Int, isLogarithm: Bool) {
        self.lowering = isLogarithm ? "log softmax" : "softmax"
        self.outer = outer
        self.length = length
        self.inner = inner
        self.isLogarithm = isLogarithm
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard length > 0 else { return }
        for line in partition(outer * inner, part: tile, of: tileCount) {
            let first = line / inner * length * inner + line % inner
            let x = operands.floats(0) + first
            let y = operands.floats(1) + first
            var largest = x[0]
            for index in 0..<length { largest = max(largest, x[index * inner]) }
            var sum = 0.0
            for index in 0..<length {
                let value = expf(x[index * inner] - largest)
                y[index * inner] = value
                sum += Double(value)
            }
            if isLogarithm {
                let shift = Float(log(sum))
                for index in 0..<length { y[index * inner] = x[index * inner] - largest - shift }
            } else {
                let scale = Float(1 / sum)
                for index in 0..<length { y[index * inner] *= scale }
            }
        }
    }
}
