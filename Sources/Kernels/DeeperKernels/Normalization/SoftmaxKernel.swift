internal import CDeeperKernels
internal import DeeperTensors

/// Softmax or its logarithm along one axis of a dense float32 value: exp(x - max) / sum, summed in float64.
public final class SoftmaxKernel: Kernel {
    public var report: KernelReport { KernelReport(isLogarithm ? "log softmax" : "softmax") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let outer: Int, length: Int, inner: Int
    /// The number of lines that are gathered together if the axis is not the last: whole cache lines, as long as they
    /// fit the first-level cache.
    private let linesPerBlock: Int
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
        self.linesPerBlock = min(inner, max(16, 4096 / max(1, length) / 16 * 16))
        self.scratchByteCount = inner == 1 ? 0 : 2 * length * linesPerBlock * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard length > 0 else { return }
        let lines = partition(outer * inner, part: tile, of: tileCount)
        let logarithm: Int32 = isLogarithm ? 1 : 0
        guard inner > 1 else {
            for line in lines {
                loops.table.softmax_row(
                    operands.floats(1) + line * length, operands.floats(0) + line * length, length, logarithm)
            }
            return
        }
        let (rows, results) = (scratch.floats, scratch.floats + length * linesPerBlock)
        var line = lines.lowerBound
        while line < lines.upperBound {
            let (block, column) = (line / inner, line % inner)
            let count = min(linesPerBlock, inner - column, lines.upperBound - line)
            let first = block * length * inner + column
            loops.table.transpose(rows, length, operands.floats(0) + first, inner, length, count)
            for row in 0..<count {
                loops.table.softmax_row(results + row * length, rows + row * length, length, logarithm)
            }
            loops.table.transpose(operands.floats(1) + first, inner, results, length, count, length)
            line += count
        }
    }
}
