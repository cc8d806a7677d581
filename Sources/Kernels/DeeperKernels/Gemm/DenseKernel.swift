internal import CDeeperKernels
internal import DeeperTensors

/// Y[rows x n] = clamp(X[rows x k] W[k x n] + bias[n]) for few rows: the fully connected layer.
///
/// Memory-bound, so it reads every weight once for up to four rows. Each row's bits are independent of the other
/// rows, so an image's answer does not depend on its batch. Tiles are blocks of columns.
public final class DenseKernel: Kernel {
    public let lowering = "dense rows"
    public let tileCount: Int
    public let preparedByteCount: Int
    public let meter: OperationMeter?
    private let rows: Int, k: Int, n: Int
    private let weights: [Float]
    private let bias: [Float]?
    private let clamp: ClampRange
    private let loops: VectorLoops
    private static let columnsPerTile = 128

    /// - Parameters:
    ///   - weights: k x n, row-major.
    ///   - bias: n values, or nil.
    public init(rows: Int, k: Int, n: Int, weights: [Float], bias: [Float]?, clamp: ClampRange, options: KernelOptions)
    {
        precondition(weights.count == k * n && (bias == nil || bias?.count == n))
        self.rows = rows
        self.k = k
        self.n = n
        self.weights = weights
        self.bias = bias
        self.clamp = clamp
        self.meter = options.meter()
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, (n + DenseKernel.columnsPerTile - 1) / DenseKernel.columnsPerTile)
        self.preparedByteCount = (weights.count + (bias?.count ?? 0)) * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let first = tile * DenseKernel.columnsPerTile
        let columns = min(DenseKernel.columnsPerTile, n - first)
        guard rows > 0, columns > 0 else { return }
        meter?.add {
            $0.calls += 1
            $0.macs += rows * columns * k
        }
        weights.withUnsafeBufferPointer { weights in
            withOptionalPointer(bias) { bias in
                loops.table.dense(
                    operands.floats(1) + first, n, operands.floats(0), k, rows,
                    weights.baseAddress.map { $0 + first }, n, k, columns, bias.map { $0 + first }, clamp.lower,
                    clamp.upper)
            }
        }
    }
}

/// Calls `body` with the array's elements, or with nil.
func withOptionalPointer(_ array: [Float]?, _ body: (UnsafePointer<Float>?) -> Void) {
    guard let array else { return body(nil) }
    array.withUnsafeBufferPointer { body($0.baseAddress) }
}
