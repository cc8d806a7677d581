internal import CDeeperKernels
public import DeeperTensors

/// One rectangular region to copy: its extents, and the strides and offsets in the source and in the target, in
/// elements.
public struct CopyRegion: Sendable {
    /// The index of the operand to read from.
    public var source: Int
    /// The index of the operand to write to.
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

/// Copies rectangular regions between operands of the same element type. It computes layout conversions, Transpose,
/// Slice, Concat, Split, Expand, Tile and similar operators. Regions write disjoint elements.
public final class StridedCopyKernel: JoiningKernel, SelectiveKernel {
    public var report: KernelReport { KernelReport(lowering) }
    private let lowering: String
    public let tileCount: Int
    private let parts: [Part]
    private let byteCount: Int
    /// Set for a copy of float32 images from channels-last to row-major.
    private let images: Images?
    private let loops: VectorLoops

    private struct Images {
        let count: Int, pixels: Int, channels: Int
    }

    private struct Part {
        let region: CopyRegion
        let nest: LoopNest
        let tiles: StreamTiles
        /// The first of its tiles.
        var firstTile = 0

        /// The form in which its rows are copied.
        let form: Form
    }

    private enum Form {
        case elements, rows, repeats, transposed, transposedBack
        /// Pixels of three bytes are made from three planes.
        case interleaved
    }

    /// - Throws: `unsupported` if a region has more axes than a loop nest supports.
    public convenience init(_ lowering: String = "copy", elementType: ElementType, regions: [CopyRegion]) throws {
        try self.init(lowering, elementType, regions, images: nil)
    }

    private init(_ lowering: String, _ elementType: ElementType, _ regions: [CopyRegion], images: Images?) throws {
        self.lowering = lowering
        self.byteCount = elementType.byteCount
        self.images = images
        self.loops = VectorLoops(.best)
        var parts: [Part] = []
        var tileCount = 0
        for region in regions {
            // The loops follow the target's memory order, because writes benefit less from caches than reads.
            var order = region.extents.indices.sorted {
                (region.targetStrides[$0], $1) > (region.targetStrides[$1], $0)
            }
            // Very short innermost loops, such as over the three channels of a picture, are avoided: a row of pixels
            // stays in the cache while one channel after the other is written.
            let long = order.indices.filter { region.extents[order[$0]] > 1 }
            if long.count > 1, let (next, last) = Optional((long[long.count - 2], long[long.count - 1])),
                region.extents[order[last]] < 8
            {
                order.swapAt(next, last)
            }
            order = StridedCopyKernel.withTranspose(order, region)
            guard
                let nest = LoopNest(
                    extents: region.extents, strides: [region.sourceStrides, region.targetStrides], order: order)
            else { throw DeeperError(.unsupported, "a copy over more than \(LoopNest.maximumRank) axes") }
            let form = StridedCopyKernel.form(nest, byteCount)
            // A transposition is cut across its rows, so that every tile reads and writes whole cache lines.
            let isTransposed = [.transposed, .transposedBack, .interleaved].contains(form)
            let tiles = StreamTiles(
                rows: isTransposed ? nest.rowCount / nest.blockLength : nest.rowCount, columns: nest.innerCount,
                depth: isTransposed ? nest.blockLength : 1)
            parts.append(Part(region: region, nest: nest, tiles: tiles, firstTile: tileCount, form: form))
            tileCount += tiles.count
        }
        self.parts = parts
        self.tileCount = max(1, tileCount)
    }

    /// The order of the loops if source and target are contiguous along two different axes: these two are innermost, so
    /// that both are traversed in blocks.
    private static func withTranspose(_ order: [Int], _ region: CopyRegion) -> [Int] {
        let used = order.filter { region.extents[$0] > 1 }
        guard let source = used.first(where: { region.sourceStrides[$0] == 1 }), let target = used.last,
            region.targetStrides[target] == 1, source != target,
            min(region.extents[source], region.extents[target]) >= 8
        else { return order }
        return order.filter { $0 != source && $0 != target } + [source, target]
    }

    /// A slice does not read the rest of its operand.
    public func touchedByteCount(ofOperand index: Int) -> Int? {
        parts.lazy.map(\.region).filter { $0.source == index }.reduce(0) {
            $0
                + DeeperKernels.touchedByteCount(
                    extents: $1.extents, strides: $1.sourceStrides, elementBytes: byteCount)
        }
    }

    private static func form(_ nest: LoopNest, _ byteCount: Int) -> Form {
        let (inner, outer) = (nest.innerStrides, nest.rowStrides)
        let hasBlocks = byteCount == 4 && min(nest.blockLength, nest.innerCount) >= 8
        switch (inner[0], inner[1]) {
        case (1, 1): return .rows
        case (0, 1): return .repeats
        case (_, 1) where hasBlocks && outer[0] == 1: return .transposed
        case (1, _) where hasBlocks && outer[1] == 1: return .transposedBack
        case (1, 3) where byteCount == 1 && nest.blockLength == 3 && outer[1] == 1: return .interleaved
        default: return .elements
        }
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard let part = parts.last(where: { $0.firstTile <= tile }) else { return }
        switch byteCount {
        case 1 where part.form == .interleaved: interleave(part, tile, operands)
        case 1: copy(part, tile, operands, as: UInt8.self)
        case 2: copy(part, tile, operands, as: UInt16.self)
        case 4 where part.form == .transposed || part.form == .transposedBack: transpose(part, tile, operands)
        case 4: copy(part, tile, operands, as: UInt32.self)
        default: copy(part, tile, operands, as: UInt64.self)
        }
    }

    private func transpose(_ part: Part, _ tile: Int, _ operands: Operands) {
        let source = operands.floats(part.region.source) + part.region.sourceOffset
        let target = operands.floats(part.region.target) + part.region.targetOffset
        let (inner, outer, length) = (part.nest.innerStrides, part.nest.rowStrides, part.nest.blockLength)
        let (blocks, columns) = part.tiles[tile - part.firstTile]
        part.nest.forEachBlock(blocks.lowerBound * length..<blocks.upperBound * length) { offset, count in
            let read = source + offset[0] + columns.lowerBound * inner[0]
            let write = target + offset[1] + columns.lowerBound * inner[1]
            if part.form == .transposed {
                loops.table.transpose(write, outer[1], read, inner[0], columns.count, count)
            } else {
                loops.table.transpose(write, inner[1], read, outer[0], count, columns.count)
            }
        }
    }

    private func interleave(_ part: Part, _ tile: Int, _ operands: Operands) {
        let source = operands[part.region.source] + part.region.sourceOffset
        let target = operands[part.region.target] + part.region.targetOffset
        let (blocks, columns) = part.tiles[tile - part.firstTile]
        part.nest.forEachBlock(blocks.lowerBound * 3..<blocks.upperBound * 3) { offset, _ in
            loops.table.interleave_three(
                target + offset[1] + columns.lowerBound * 3, source + offset[0] + columns.lowerBound,
                part.nest.rowStrides[0], columns.count)
        }
    }

    private func copy<Word: BitwiseCopyable>(_ part: Part, _ tile: Int, _ operands: Operands, as: Word.Type) {
        let source = operands[part.region.source].assumingMemoryBound(to: Word.self) + part.region.sourceOffset
        let target = operands[part.region.target].assumingMemoryBound(to: Word.self) + part.region.targetOffset
        let (from, to) = (part.nest.innerStrides[0], part.nest.innerStrides[1])
        let (rows, columns) = part.tiles[tile - part.firstTile]
        part.nest.forEachRow(rows) { offset in
            let read = source + offset[0] + columns.lowerBound * from
            let write = target + offset[1] + columns.lowerBound * to
            switch part.form {
            case .rows: write.update(from: read, count: columns.count)
            case .repeats: write.update(repeating: read.pointee, count: columns.count)
            default: for index in 0..<columns.count { write[index &* to] = read[index &* from] }
            }
        }
    }

    /// A copy of a whole value to another arrangement of the same shape.
    public static func conversion(from source: TensorDescriptor, to target: TensorDescriptor) throws
        -> StridedCopyKernel
    {
        let extents = source.shape.dimensions
        let isOfImages =
            source.layout == .channelsLast && source.isDense && target.layout == .rowMajor
            && source.elementType == .float32
        return try StridedCopyKernel(
            "layout copy", source.elementType,
            [CopyRegion(extents: extents, sourceStrides: source.strides, targetStrides: target.strides)],
            images: isOfImages
                ? Images(count: extents[0], pixels: extents.dropFirst(2).reduce(1, *), channels: extents[1]) : nil)
    }

    /// A copy of one number to every element.
    public static func filling(_ target: TensorDescriptor) throws -> StridedCopyKernel {
        let extents = target.shape.dimensions
        return try StridedCopyKernel(
            "fill", elementType: target.elementType,
            regions: [
                CopyRegion(
                    extents: extents, sourceStrides: extents.map { _ in 0 }, targetStrides: target.strides)
            ])
    }

    public func following(_ producer: any Kernel) -> (any Kernel)? {
        guard let images, let producer = producer as? any BandKernel else { return nil }
        return BandedLayoutKernel(
            producer, images: images.count, pixels: images.pixels, channels: images.channels)
    }
}
