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
        // A scalar is one row of one element.
        self.tables = tables.isEmpty ? [[0]] : tables.map { $0.map(Int32.init) }
        self.sourceStrides = tables.isEmpty ? [1] : sourceStrides
        self.targetStrides = tables.isEmpty ? [1] : targetStrides
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
        self.tileCount = streamingTileCount(
            elements: rowCount * self.tables[self.tables.count - 1].count, rows: rowCount)
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
