internal import DeeperTensors

/// Copies regions of bytes, each byte through a table of 256: any function of one quantised number.
///
/// Operands: one input a region, then the output.
public final class ByteTableKernel: Kernel {
    /// A region: how its input and the output are walked, and the table by the bits of the input's bytes.
    public struct Region: Sendable {
        public var nest: LoopNest
        public var targetOffset: Int
        public var table: [UInt8]

        /// - Parameter nest: strides of the input and the output.
        public init(nest: LoopNest, targetOffset: Int = 0, table: [UInt8]) {
            precondition(table.count == 256)
            self.nest = nest
            self.targetOffset = targetOffset
            self.table = table
        }
    }

    public var report: KernelReport { KernelReport("table of 256") }
    public let tileCount: Int
    private let regions: [(region: Region, tiles: StreamTiles, firstTile: Int)]

    public init(_ regions: [Region]) {
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
    ///   - f: a stored number of the output for each of the input.
    public static func table(isSigned: Bool, _ f: (Int32) -> Int32) -> [UInt8] {
        (0..<256).map { bits in
            UInt8(truncatingIfNeeded: f(isSigned ? Int32(Int8(truncatingIfNeeded: bits)) : Int32(bits)))
        }
    }
}
