public import DeeperTensors

/// Y = X with one axis replaced by the listed positions; row-major. An index outside -extent..<extent ends the run with
/// an error.
public final class GatherKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport("gather") }
    public let tileCount: Int
    private let outer: Int, extent: Int, innerBytes: Int
    private let indexCount: Int
    private let indexType: ElementType

    /// Operands: X, indices (int32 or int64), Y.
    ///
    /// - Parameters:
    ///   - outer, extent: elements before and along the axis.
    ///   - innerBytes: the bytes of one position of the axis.
    public init(outer: Int, extent: Int, innerBytes: Int, indexCount: Int, indexType: ElementType) {
        self.outer = outer
        self.extent = extent
        self.innerBytes = innerBytes
        self.indexCount = indexCount
        self.indexType = indexType
        self.tileCount = streamingTileCount(elements: outer * indexCount * innerBytes / 4, rows: outer * indexCount)
    }

    public func touchedByteCount(ofOperand index: Int) -> Int? {
        index == 0 ? outer * indexCount * innerBytes : nil
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        for row in partition(outer * indexCount, part: tile, of: tileCount) {
            let position = row % indexCount
            var index =
                indexType == .int64
                ? Int(operands[1].assumingMemoryBound(to: Int64.self)[position])
                : Int(operands[1].assumingMemoryBound(to: Int32.self)[position])
            if index < 0 { index += extent }
            guard index >= 0, index < extent else {
                operands.report(.indexOutOfRange)
                continue
            }
            let source = operands[0] + (row / indexCount * extent + index) * innerBytes
            (operands[2] + row * innerBytes).copyMemory(from: source, byteCount: innerBytes)
        }
    }
}
