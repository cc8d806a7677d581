public import DeeperTensors

/// One rectangular region to copy: extents, and strides and first elements on both sides, in elements.
public struct CopyRegion: Sendable {
    /// The operand read from.
    public var source: Int
    /// The operand written to.
    public var target: Int
    public var extents: [Int]
    public var sourceStrides: [Int]
    public var targetStrides: [Int]
    public var sourceOffset: Int
    public var targetOffset: Int

    public init(
        source: Int = 0, target: Int = 1, extents: [Int], sourceStrides: [Int], targetStrides: [Int],
        sourceOffset: Int = 0, targetOffset: Int = 0
    ) {
        self.source = source
        self.target = target
        self.extents = extents
        self.sourceStrides = sourceStrides
        self.targetStrides = targetStrides
        self.sourceOffset = sourceOffset
        self.targetOffset = targetOffset
    }
}

/// Copies rectangular regions between operands of the same element type: layout conversion, Transpose, Slice, Concat,
/// Split, Expand, Tile and their kin are all this. Regions write disjoint elements.
public final class StridedCopyKernel: Kernel {
    public var report: KernelReport { KernelReport(lowering) }
    private let lowering: String
    public let tileCount: Int
    private let parts: [Part]
    private let byteCount: Int
    private let tilesPerRegion: Int

    private struct Part {
        let region: CopyRegion
        let nest: LoopNest
    }

    /// - Throws: `unsupported` if a region has more axes than a loop nest can walk.
    public init(_ lowering: String = "copy", elementType: ElementType, regions: [CopyRegion]) throws {
        self.lowering = lowering
        self.byteCount = elementType.byteCount
        self.parts = try regions.map { region in
            // Walk the target in order of its memory: writes are what cannot be cached.
            var order = region.extents.indices.sorted {
                (region.targetStrides[$0], $1) > (region.targetStrides[$1], $0)
            }
            // But not in loops of a few elements, as the three channels of a picture: a row of its pixels stays in the
            // cache while one channel after the other is written.
            let long = order.indices.filter { region.extents[order[$0]] > 1 }
            if long.count > 1, let (next, last) = Optional((long[long.count - 2], long[long.count - 1])),
                region.extents[order[last]] < 8
            {
                order.swapAt(next, last)
            }
            guard
                let nest = LoopNest(
                    extents: region.extents, strides: [region.sourceStrides, region.targetStrides], order: order)
            else { throw DeeperError(.unsupported, "a copy over more than \(LoopNest.maximumRank) axes") }
            return Part(region: region, nest: nest)
        }
        let largest = parts.map { $0.nest.elementCount }.max() ?? 0
        self.tilesPerRegion = streamingTileCount(elements: largest, rows: parts.map { $0.nest.rowCount }.max() ?? 1)
        self.tileCount = max(1, parts.count * tilesPerRegion)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile / tilesPerRegion < parts.count else { return }
        let part = parts[tile / tilesPerRegion]
        let rows = partition(part.nest.rowCount, part: tile % tilesPerRegion, of: tilesPerRegion)
        switch byteCount {
        case 1: copy(part, rows, operands, as: UInt8.self)
        case 2: copy(part, rows, operands, as: UInt16.self)
        case 4: copy(part, rows, operands, as: UInt32.self)
        default: copy(part, rows, operands, as: UInt64.self)
        }
    }

    private func copy<Word: BitwiseCopyable>(_ part: Part, _ rows: Range<Int>, _ operands: Operands, as: Word.Type) {
        let source = operands[part.region.source].assumingMemoryBound(to: Word.self) + part.region.sourceOffset
        let target = operands[part.region.target].assumingMemoryBound(to: Word.self) + part.region.targetOffset
        let count = part.nest.innerCount
        let (from, to) = (part.nest.innerStrides[0], part.nest.innerStrides[1])
        part.nest.forEachRow(rows) { offset in
            let read = source + offset[0]
            let write = target + offset[1]
            if from == 1 && to == 1 {
                write.update(from: read, count: count)
            } else if from == 0 && to == 1 {
                write.update(repeating: read.pointee, count: count)
            } else {
                for index in 0..<count { write[index &* to] = read[index &* from] }
            }
        }
    }

    /// A copy of a whole value into another arrangement of the same shape.
    public static func conversion(from source: TensorDescriptor, to target: TensorDescriptor) throws
        -> StridedCopyKernel
    {
        try StridedCopyKernel(
            "layout copy", elementType: source.elementType,
            regions: [
                CopyRegion(
                    extents: source.shape.dimensions, sourceStrides: source.strides, targetStrides: target.strides)
            ])
    }
}
