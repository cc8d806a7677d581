internal import CDeeperKernels
internal import DeeperTensors

/// Copies regions of bytes and replaces each byte by its entry in a table of 256: any function of one quantised number.
///
/// Operands: one input per region, then the output.
public final class ByteTableKernel: Kernel {
    /// A region: the loops over its input and the output, and the table, indexed by the bits of the input's bytes.
    public struct Region: Sendable {
        public var nest: LoopNest
        public var targetOffset: Int
        public var table: [UInt8]
        /// Arithmetic that gives the same results as the table; nil if there is none.
        let rescaling: ByteRescaling?
        /// Whether every byte stays as it is.
        let isCopy: Bool

        /// - Parameters:
        ///   - nest: the strides of the input and the output.
        ///   - rescaling: arithmetic that may give the same results as the table. If it does for all 256 numbers, it is
        ///     used, because it is faster.
        public init(nest: LoopNest, targetOffset: Int = 0, table: [UInt8], rescaling: ByteRescaling? = nil) {
            precondition(table.count == 256)
            self.nest = nest
            self.targetOffset = targetOffset
            self.table = table
            isCopy = table == Array(0...255)
            self.rescaling = rescaling.flatMap { $0.table == table ? $0 : nil }
        }
    }

    public var report: KernelReport { KernelReport("table of 256") }
    public let tileCount: Int
    private let regions: [(region: Region, tiles: StreamTiles, firstTile: Int)]
    private let loops: VectorLoops

    public init(_ regions: [Region], options: KernelOptions) {
        loops = VectorLoops(options.instructionSet)
        var placed: [(region: Region, tiles: StreamTiles, firstTile: Int)] = []
        var count = 0
        for region in regions {
            let tiles = StreamTiles(rows: region.nest.rowCount, columns: region.nest.innerCount)
            placed.append((region, tiles, count))
            count += tiles.count
        }
        self.regions = placed
        tileCount = max(1, count)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard let index = regions.lastIndex(where: { $0.firstTile <= tile }) else { return }
        let (region, tiles, firstTile) = regions[index]
        let (rows, columns) = tiles[tile - firstTile]
        let source = operands.typed(index, as: UInt8.self)
        let target = operands.typed(regions.count, as: UInt8.self) + region.targetOffset
        let steps = region.nest.innerStrides
        region.table.withUnsafeBufferPointer { table in
            region.nest.forEachRow(rows) { start in
                let first = start &+ steps &* SIMD4(repeating: columns.lowerBound)
                let (from, to) = (source + first[0], target + first[1])
                if steps[0] == 1, steps[1] == 1 {
                    if region.isCopy { return to.update(from: from, count: columns.count) }
                    if let rescaling = region.rescaling {
                        return rescaling.apply(loops, columns.count, from: from, to: to)
                    }
                }
                for column in 0..<columns.count {
                    to[column &* steps[1]] = table[Int(from[column &* steps[0]])]
                }
            }
        }
    }
}

extension ByteTableKernel {
    /// The table of a function of stored numbers.
    ///
    /// - Parameters:
    ///   - isSigned: whether the inputs' bytes are int8.
    ///   - f: gives the stored number of the output for one of the input.
    public static func table(isSigned: Bool, _ f: (Int32) -> Int32) -> [UInt8] {
        (0..<256).map { bits in
            UInt8(truncatingIfNeeded: f(isSigned ? Int32(Int8(truncatingIfNeeded: bits)) : Int32(bits)))
        }
    }
}
