public import DeeperTensors

/// Y[m, r, c] = X[m, r, c] where c >= r + k (upper) or c <= r + k (lower), 0 elsewhere; row-major (ONNX Trilu).
///
/// Operands: X, k (one int64) if there is one, Y.
public final class TriangleKernel: Kernel {
    public var report: KernelReport { KernelReport("triangle") }
    public let tileCount: Int
    private let rowCount: Int, rows: Int, columns: Int
    private let isUpper: Bool
    private let hasDiagonal: Bool
    private let byteCount: Int

    /// - Parameter hasDiagonal: whether k is an operand; otherwise it is 0.
    public init(
        matrices: Int, rows: Int, columns: Int, isUpper: Bool, hasDiagonal: Bool, elementType: ElementType
    ) {
        self.rowCount = matrices * rows
        self.rows = rows
        self.columns = columns
        self.isUpper = isUpper
        self.hasDiagonal = hasDiagonal
        self.byteCount = elementType.byteCount
        self.tileCount = streamingTileCount(elements: rowCount * columns, rows: rowCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let given = hasDiagonal ? Int(operands[1].assumingMemoryBound(to: Int64.self)[0]) : 0
        // A diagonal further off has no elements either.
        let diagonal = min(max(given, -rows), columns)
        let target = operands[hasDiagonal ? 2 : 1]
        for line in partition(rowCount, part: tile, of: tileCount) {
            let boundary = min(max(line % rows + diagonal + (isUpper ? 0 : 1), 0), columns)
            let kept = isUpper ? boundary..<columns : 0..<boundary
            let cleared = isUpper ? 0..<boundary : boundary..<columns
            let start = line * columns
            (target + (start + kept.lowerBound) * byteCount).copyMemory(
                from: operands[0] + (start + kept.lowerBound) * byteCount, byteCount: kept.count * byteCount)
            (target + (start + cleared.lowerBound) * byteCount).initializeMemory(
                as: UInt8.self, repeating: 0, count: cleared.count * byteCount)
        }
    }
}
