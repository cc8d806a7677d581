internal import CDeeperKernels
internal import DeeperTensors

/// Softmax or its logarithm along one axis of a dense float32 value: exp(x - max) / sum, summed in float64.
public final class SoftmaxKernel: Kernel {
    public var report: KernelReport { KernelReport(isLogarithm ? "log softmax" : "softmax") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let outer: Int, length: Int, inner: Int
    private let isLogarithm: Bool
    private let loops: VectorLoops

    /// - Parameters:
    ///   - outer, length, inner: elements before, along and after the axis, in physical order.
    public init(outer: Int, length: Int, inner: Int, isLogarithm: Bool, options: KernelOptions) {
        self.outer = outer
        self.length = length
        self.inner = inner
        self.isLogarithm = isLogarithm
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: outer * length * inner, rows: outer * inner)
        self.scratchByteCount = inner == 1 ? 0 : 2 * length * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard length > 0 else { return }
        for line in partition(outer * inner, part: tile, of: tileCount) {
            let first = line / inner * length * inner + line % inner
            let (x, y) = (operands.floats(0) + first, operands.floats(1) + first)
            guard inner > 1 else {
                loops.table.softmax_row(y, x, length, isLogarithm ? 1 : 0)
                continue
            }
            let (row, result) = (scratch.floats, scratch.floats + length)
            for index in 0..<length { row[index] = x[index * inner] }
            loops.table.softmax_row(result, row, length, isLogarithm ? 1 : 0)
            for index in 0..<length { y[index * inner] = result[index] }
        }
    }
}
