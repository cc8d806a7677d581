public import DeeperTensors

/// Y[i] = condition[i] ? A[i] : B[i] with broadcasting, for operands of any layout.
public final class SelectKernel: Kernel {
    public var report: KernelReport { KernelReport("select") }
    public var tileCount: Int { tiles.count }
    private let tiles: StreamTiles
    private let nest: LoopNest
    private let byteCount: Int

    /// - Parameter nest: the strides of condition, A, B and Y in this order.
    public init(nest: LoopNest, elementType: ElementType) {
        self.nest = nest
        self.byteCount = elementType.byteCount
        self.tiles = StreamTiles(rows: nest.rowCount, columns: nest.innerCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        switch byteCount {
        case 1: select(tile, operands, as: UInt8.self)
        case 2: select(tile, operands, as: UInt16.self)
        case 4: select(tile, operands, as: UInt32.self)
        default: select(tile, operands, as: UInt64.self)
        }
    }

    private func select<Word: BitwiseCopyable>(_ tile: Int, _ operands: Operands, as: Word.Type) {
        let condition = operands[0].assumingMemoryBound(to: UInt8.self)
        let a = operands[1].assumingMemoryBound(to: Word.self)
        let b = operands[2].assumingMemoryBound(to: Word.self)
        let y = operands[3].assumingMemoryBound(to: Word.self)
        let step = nest.innerStrides
        let (rows, columns) = tiles[tile]
        nest.forEachRow(rows) { offset in
            for index in columns {
                let at = offset &+ step &* SIMD4(repeating: index)
                y[at[3]] = condition[at[0]] != 0 ? a[at[1]] : b[at[2]]
            }
        }
    }
}
