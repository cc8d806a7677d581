internal import CDeeperKernels

/// Y = sum, mean, maximum or minimum of float32 X over some axes, where X's elements are contiguous along a kept axis (columns)
/// or along a reduced one (rows). ``ReduceKernel`` supports all other strides.
///
/// Partial sums of about a hundred terms are in float32, their total is in float64. The empty sum is 0, the empty
/// maximum -inf, the empty minimum inf.
public final class FloatReduceKernel: Kernel {
    public var report: KernelReport { KernelReport(isByColumns ? "columns" : "rows") }
    public var tileCount: Int { tiles.count }
    public var scratchByteCount: Int { isByColumns ? FloatReduceKernel.columnsTogether * 12 : 0 }
    private let reduction: Reduction
    private let kept: LoopNest, reduced: LoopNest
    private let isByColumns: Bool
    private let tiles: StreamTiles
    private let loops: VectorLoops

    /// The number of columns whose sums stay in the first-level cache.
    private static let columnsTogether = 512
    /// The number of rows that are summed in float32.
    private static let rowsTogether = 128
    /// Shorter rows are not worth a call each.
    private static let shortestRow = 8

    /// - Parameters:
    ///   - kept: the axes of the result; strides of X and Y.
    ///   - reduced: the axes that are reduced; strides of X.
    /// - Returns: nil for other strides, and other reductions.
    public init?(_ reduction: Reduction, kept: LoopNest, reduced: LoopNest, options: KernelOptions) {
        guard [.sum, .mean, .maximum, .minimum].contains(reduction) else { return nil }
        let steps = kept.innerStrides
        isByColumns = steps[0] == 1 && steps[1] == 1 && kept.innerCount > 1
        guard isByColumns || reduced.innerStrides[0] == 1 || reduced.elementCount == 1 else { return nil }
        self.reduction = reduction
        self.kept = kept
        self.reduced = reduced
        self.tiles = StreamTiles(
            rows: kept.rowCount, columns: kept.innerCount,
            elementsPerTile: max(1, 32768 / max(1, reduced.elementCount)))
        self.loops = VectorLoops(options.instructionSet)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (rows, columns) = tiles[tile]
        let (x, y) = (operands.floats(0), operands.floats(1))
        kept.forEachRow(rows) { offset in
            if isByColumns {
                var first = columns.lowerBound
                while first < columns.upperBound {
                    let count = min(FloatReduceKernel.columnsTogether, columns.upperBound - first)
                    reduceColumns(x + offset[0] + first, count, y + offset[1] + first, scratch)
                    first += count
                }
            } else if reduced.rowCount == 1, reduced.innerCount < FloatReduceKernel.shortestRow {
                reduceShortRows(columns, x + offset[0], y + offset[1])
            } else {
                for column in columns {
                    let at = offset &+ kept.innerStrides &* SIMD4(repeating: column)
                    y[at[1]] = reduceRows(x + at[0])
                }
            }
        }
    }

    private func reduceShortRows(
        _ columns: Range<Int>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
    ) {
        let (count, step) = (reduced.innerCount, reduced.innerStrides[0])
        let (from, to) = (kept.innerStrides[0], kept.innerStrides[1])
        let isMaximum = reduction == .maximum
        let scale = reduction == .mean ? 1 / Double(count) : 1
        for column in columns {
            let row = x + column * from
            if isMaximum || reduction == .minimum {
                var best = isMaximum ? -Float.infinity : Float.infinity
                for index in 0..<count {
                    let value = row[index * step]
                    if isMaximum ? value > best : value < best { best = value }
                    if value.isNaN { best = value }
                }
                y[column * to] = best
            } else {
                var sum = 0.0
                for index in 0..<count { sum += Double(row[index * step]) }
                y[column * to] = Float(sum * scale)
            }
        }
    }

    private func reduceRows(_ x: UnsafePointer<Float>) -> Float {
        if reduction == .maximum || reduction == .minimum {
            let isMaximum = reduction == .maximum
            let extremum = isMaximum ? loops.table.maximum_of_elements : loops.table.minimum_of_elements
            var best = isMaximum ? -Float.infinity : Float.infinity
            reduced.forEachRow(0..<reduced.rowCount) { offset in
                guard let value = extremum?(x + offset[0], reduced.innerCount) else { return }
                if isMaximum ? value > best : value < best { best = value }
                if value.isNaN { best = value }
            }
            return best
        }
        var sum = 0.0
        reduced.forEachRow(0..<reduced.rowCount) { sum += loops.table.sum_of_row(x + $0[0], reduced.innerCount) }
        return Float(reduction == .mean ? sum / Double(reduced.elementCount) : sum)
    }

    private func reduceColumns(
        _ x: UnsafePointer<Float>, _ columns: Int, _ y: UnsafeMutablePointer<Float>, _ scratch: Scratch
    ) {
        let step = reduced.innerStrides[0]
        if reduction == .maximum || reduction == .minimum {
            let isMaximum = reduction == .maximum
            y.update(repeating: isMaximum ? -.infinity : .infinity, count: columns)
            reduced.forEachRow(0..<reduced.rowCount) { offset in
                let extrema = isMaximum ? loops.table.column_maxima : loops.table.column_minima
                extrema?(y, x + offset[0], step, reduced.innerCount, columns)
            }
            return
        }
        let total = scratch.base.assumingMemoryBound(to: Double.self)
        let part = (scratch.base + FloatReduceKernel.columnsTogether * 8).assumingMemoryBound(to: Float.self)
        total.update(repeating: 0, count: columns)
        part.update(repeating: 0, count: columns)
        var pending = 0
        func flush() {
            for column in 0..<columns {
                total[column] += Double(part[column])
                part[column] = 0
            }
            pending = 0
        }
        reduced.forEachRow(0..<reduced.rowCount) { offset in
            var row = 0
            while row < reduced.innerCount {
                let count = min(FloatReduceKernel.rowsTogether - pending, reduced.innerCount - row)
                loops.table.column_sums(part, x + offset[0] + row * step, step, count, columns)
                (row, pending) = (row + count, pending + count)
                if pending == FloatReduceKernel.rowsTogether { flush() }
            }
        }
        flush()
        let scale = reduction == .mean ? 1 / Double(reduced.elementCount) : 1
        for column in 0..<columns { y[column] = Float(total[column] * scale) }
    }
}
