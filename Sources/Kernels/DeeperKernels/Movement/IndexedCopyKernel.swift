public import DeeperTensors

/// Y[i, j, ...] = X[table0[i], table1[j], ...], or a fill value where a table has -1. It computes Pad in all modes,
/// nearest-neighbour Resize, and Gather with constant indices.
public final class IndexedCopyKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport(lowering) }
    private let lowering: String
    public let tileCount: Int
    private let tables: [[Int32]]
    private let extents: SIMD8<Int>
    private let sourceStrides: [Int]
    private let targetStrides: [Int]
    private let rowCount: Int
    private let fill: UInt64
    private let byteCount: Int
    /// Runs of the last axis that are copied or filled as a whole; empty if they are too short to be worth it.
    private let runs: [Run]

    private struct Run {
        let start: Int, count: Int
        /// The first place in X, or -1 for the fill value.
        let source: Int
    }

    private static let shortestRun = 4

    /// - Parameters:
    ///   - tables: for each axis of Y in physical order, the index in X or -1.
    ///   - sourceStrides, targetStrides: the strides in elements along each axis, in the same order.
    ///   - fill: one element of the type, or nil if no table has -1.
    /// - Throws: `unsupported` beyond 8 axes.
    public init(
        _ lowering: String, elementType: ElementType, tables: [[Int]], sourceStrides: [Int], targetStrides: [Int],
        fill: Tensor?
    ) throws {
        guard tables.count <= 8 else { throw DeeperError(.unsupported, "\(lowering) over more than 8 axes") }
        self.lowering = lowering
        // Axes of one entry would make the innermost loop short. A scalar is one row of one element.
        let axes = tables.indices.filter { tables[$0] != [0] }
        var merged: [(table: [Int], source: Int, target: Int)] = axes.map {
            (tables[$0], sourceStrides[$0], targetStrides[$0])
        }
        if merged.isEmpty { merged = [([0], 1, 1)] }
        // A last axis that is copied as a whole, such as the channels of a picture, makes longer runs with the one before.
        while merged.count > 1, let last = merged.last, !last.table.isEmpty, last.table == Array(last.table.indices) {
            let (count, before) = (last.table.count, merged[merged.count - 2])
            guard before.source == count * last.source, before.target == count * last.target else { break }
            let table = before.table.flatMap { from in (0..<count).map { from < 0 ? -1 : from * count + $0 } }
            merged.replaceSubrange((merged.count - 2)..., with: [(table, last.source, last.target)])
        }
        self.tables = merged.map { $0.table.map(Int32.init) }
        self.sourceStrides = merged.map(\.source)
        self.targetStrides = merged.map(\.target)
        var extents = SIMD8<Int>(repeating: 1)
        for (axis, table) in self.tables.enumerated() { extents[axis] = table.count }
        self.extents = extents
        self.rowCount = self.tables.dropLast().reduce(1) { $0 * $1.count }
        self.byteCount = elementType.byteCount
        var word: UInt64 = 0
        if let fill {
            try fill.withUnsafeBytes { bytes in
                withUnsafeMutableBytes(of: &word) {
                    $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<elementType.byteCount]))
                }
            }
        }
        self.fill = word
        self.runs = IndexedCopyKernel.runs(
            self.tables[self.tables.count - 1], self.sourceStrides.last == 1 && self.targetStrides.last == 1)
        self.tileCount = streamingTileCount(
            elements: rowCount * self.tables[self.tables.count - 1].count, rows: rowCount)
    }

    private static func runs(_ table: [Int32], _ isDense: Bool) -> [Run] {
        guard isDense else { return [] }
        var runs: [Run] = []
        for (index, from) in table.map({ Int($0) }).enumerated() {
            if let last = runs.last, from == (last.source < 0 ? -1 : last.source + last.count),
                from >= 0 || last.source < 0
            {
                runs[runs.count - 1] = Run(start: last.start, count: last.count + 1, source: last.source)
            } else {
                runs.append(Run(start: index, count: 1, source: from))
            }
        }
        return runs.count * shortestRun <= table.count ? runs : []
    }

    public func touchedByteCount(ofOperand index: Int) -> Int? {
        var extents: [Int] = []
        var steps: [Int] = []
        for (table, stride) in zip(tables, sourceStrides) {
            let positions = Set(table).subtracting([-1])
            extents.append(positions.count)
            let reach = Int(positions.max() ?? 0) - Int(positions.min() ?? 0)
            steps.append(stride * (reach / max(1, positions.count - 1)))
        }
        return DeeperKernels.touchedByteCount(extents: extents, strides: steps, elementBytes: byteCount)
    }

    public var tableByteCount: Int { tables.reduce(0) { $0 + $1.count * MemoryLayout<Int32>.size } }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let rows = partition(rowCount, part: tile, of: tileCount)
        switch byteCount {
        case 1: copy(rows, operands, UInt8(truncatingIfNeeded: fill))
        case 2: copy(rows, operands, UInt16(truncatingIfNeeded: fill))
        case 4: copy(rows, operands, UInt32(truncatingIfNeeded: fill))
        default: copy(rows, operands, fill)
        }
    }

    private func copy<Word: BitwiseCopyable>(_ rows: Range<Int>, _ operands: Operands, _ fill: Word) {
        let source = operands[0].assumingMemoryBound(to: Word.self)
        let target = operands[1].assumingMemoryBound(to: Word.self)
        let last = tables.count - 1
        for row in rows {
            var rest = row
            var read = 0
            var write = 0
            var isOutside = false
            for axis in (0..<last).reversed() {
                let index = rest % extents[axis]
                rest /= extents[axis]
                let from = Int(tables[axis][index])
                if from < 0 { isOutside = true }
                read += from * sourceStrides[axis]
                write += index * targetStrides[axis]
            }
            if isOutside, targetStrides[last] == 1 {
                (target + write).update(repeating: fill, count: tables[last].count)
                continue
            }
            if !runs.isEmpty {
                for run in runs {
                    let place = target + write + run.start
                    if run.source < 0 {
                        place.update(repeating: fill, count: run.count)
                    } else {
                        place.update(from: source + read + run.source, count: run.count)
                    }
                }
                continue
            }
            let (readStep, writeStep) = (sourceStrides[last], targetStrides[last])
            tables[last].withUnsafeBufferPointer { table in
                for index in table.indices {
                    let from = Int(table[index])
                    target[write + index * writeStep] = isOutside || from < 0 ? fill : source[read + from * readStep]
                }
            }
        }
    }
}
