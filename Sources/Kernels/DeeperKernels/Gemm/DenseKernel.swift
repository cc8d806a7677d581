internal import CDeeperKernels
internal import DeeperTensors

/// Y[rows x n] = epilogue(X[rows x k] W[k x n]) for few rows: the fully connected layer.
///
/// It is memory-bound, so it reads every weight once for up to four rows. The bits of a row do not depend on other
/// rows, so an image's result does not depend on its batch. Tiles are blocks of columns.
public final class DenseKernel: MeteredKernel {
    public let tileCount: Int
    public let report: KernelReport
    public let meter: OperationMeter?
    private let rows: Int, k: Int, n: Int
    private let weights: [Float]
    private let epilogue: EpilogueValues
    private let loops: VectorLoops
    private static let columnsPerTile = 128

    /// - Parameter weights: k x n, row-major.
    public init(rows: Int, k: Int, n: Int, weights: [Float], epilogue: Epilogue, options: KernelOptions) {
        precondition(weights.count == k * n)
        self.rows = rows
        self.k = k
        self.n = n
        self.weights = weights
        self.epilogue = EpilogueValues(epilogue, columns: n)
        self.meter = options.meter()
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, (n + DenseKernel.columnsPerTile - 1) / DenseKernel.columnsPerTile)
        self.report = KernelReport(
            "dense rows", preparedByteCount: weights.count * MemoryLayout<Float>.size + self.epilogue.byteCount)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let first = tile * DenseKernel.columnsPerTile
        let columns = min(DenseKernel.columnsPerTile, n - first)
        guard rows > 0, columns > 0 else { return }
        meter?.add {
            $0.calls += 1
            $0.macs += rows * columns * k
        }
        var own = epilogue.from(first)
        weights.withUnsafeBufferPointer { weights in
            loops.table.dense(
                operands.floats(1) + first, n, operands.floats(0), k, rows, weights.baseAddress.map { $0 + first }, n,
                k,
                columns, &own)
        }
    }
}
