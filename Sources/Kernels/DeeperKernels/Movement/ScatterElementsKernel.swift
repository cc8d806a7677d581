public import DeeperTensors

/// Y = X, then Y[i, indices[i, j, ...], ...] = combine(Y[...], updates[i, j, ...]) for the axis of j, one update
/// after the other (ONNX ScatterElements); row-major.
///
/// Operands: X, indices (int32 or int64), updates, Y. An index outside the axis ends the run with an error. Each tile
/// covers some of the positions before the axis.
public final class ScatterElementsKernel: Kernel {
    public var report: KernelReport { KernelReport("scatter elements") }
    public let tileCount: Int
    private let leading: [Int], leadingUpdates: [Int]
    private let slabCount: Int, slabElements: Int, slabUpdates: Int
    private let nest: LoopNest
    private let extent: Int, step: Int
    private let indexType: ElementType
    private let combination: ElementCombination

    /// - Parameters:
    ///   - leading, leadingUpdates: the extents of X and of the indices before the axis.
    ///   - slabElements, slabUpdates: the number of elements of X and of the indices for one position of these axes.
    ///   - nest: the loops over the indices from the axis on: strides of X, 0 along the axis, and those of the
    ///     indices.
    ///   - extent, step: X's extent and stride along the axis.
    public init(
        leading: [Int], leadingUpdates: [Int], slabElements: Int, slabUpdates: Int, nest: LoopNest, extent: Int,
        step: Int, indexType: ElementType, combination: ElementCombination
    ) {
        self.leading = leading
        self.leadingUpdates = leadingUpdates
        self.slabCount = leading.reduce(1, *)
        self.slabElements = slabElements
        self.slabUpdates = slabUpdates
        self.nest = nest
        self.extent = extent
        self.step = step
        self.indexType = indexType
        self.combination = combination
        self.tileCount = streamingTileCount(elements: slabCount * slabElements, rows: slabCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let slabs = partition(slabCount, part: tile, of: tileCount)
        let slabBytes = slabElements * combination.byteCount
        let start = slabs.lowerBound * slabBytes
        (operands[3] + start).copyMemory(from: operands[0] + start, byteCount: slabs.count * slabBytes)
        let indices = IndexOperand(operands[1], indexType)
        for slab in slabs {
            guard let updates = self.updates(of: slab) else { continue }
            nest.forEachRow(0..<nest.rowCount) { offset in
                for index in 0..<nest.innerCount {
                    let at = offset &+ nest.innerStrides &* SIMD4(repeating: index)
                    let update = updates * slabUpdates + at[1]
                    guard let position = indices.position(update, extent: extent) else {
                        operands.report(.indexOutOfRange)
                        continue
                    }
                    combination.apply(
                        operands[3], at: slab * slabElements + at[0] + position * step, operands[2], from: update,
                        count: 1)
                }
            }
        }
    }

    /// The number of the slab of updates at the same position as a slab of X; nil if there is none.
    private func updates(of slab: Int) -> Int? {
        var rest = slab
        var result = 0
        var stride = 1
        for axis in leading.indices.reversed() {
            let position = rest % leading[axis]
            guard position < leadingUpdates[axis] else { return nil }
            rest /= leading[axis]
            result += position * stride
            stride *= leadingUpdates[axis]
        }
        return result
    }
}
