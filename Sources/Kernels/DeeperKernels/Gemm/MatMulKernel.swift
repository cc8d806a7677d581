internal import CDeeperKernels
internal import DeeperTensors

/// A stack of products Y_i[m x n] = ending(alpha A_i[m x k] B_i[k x n] + scale C) by a ``GemmProvider``, with one tile
/// per product.
///
/// It is used for products of two computed matrices. Transposed operands are copied to scratch first: with its own
/// transposition, OpenBLAS's kernels for small matrices sum in another order, so that an element's bits would depend on
/// the size of the product and thus on the batch. Operands: A, B, C if there is an addend, Y.
public final class MatMulKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport { KernelReport("GEMM", provider: gemm.name) }
    public let meter: OperationMeter?
    private let m: Int, n: Int, k: Int
    private let aOffsets: [Int], bOffsets: [Int]
    private let aTransposed: Bool, bTransposed: Bool
    private let alpha: Float
    private let addend: Addend?
    private let ending: EpilogueValues?
    private let loops: VectorLoops
    private let gemm: any GemmProvider

    /// A matrix that is added to every product: scale * C[row * rowStride + column * columnStride].
    public struct Addend: Sendable {
        var scale: Float
        var rowStride: Int
        var columnStride: Int

        public init(scale: Float, rowStride: Int, columnStride: Int) {
            self.scale = scale
            self.rowStride = rowStride
            self.columnStride = columnStride
        }
    }

    /// - Parameter aOffsets, bOffsets: the offset of the first element of each product's operands.
    public init(
        m: Int, n: Int, k: Int, aOffsets: [Int], bOffsets: [Int], aTransposed: Bool = false,
        bTransposed: Bool = false, alpha: Float = 1, addend: Addend? = nil, ending: Ending = .none,
        options: KernelOptions
    ) {
        precondition(aOffsets.count == bOffsets.count)
        self.m = m
        self.n = n
        self.k = k
        self.aOffsets = aOffsets
        self.bOffsets = bOffsets
        self.aTransposed = aTransposed
        self.bTransposed = bTransposed
        self.alpha = alpha
        self.addend = addend
        self.ending = ending == .none ? nil : EpilogueValues(Epilogue(ending: ending), columns: n)
        self.loops = VectorLoops(options.instructionSet)
        self.gemm = options.gemm
        self.meter = options.meter()
        self.tileCount = max(1, aOffsets.count)
        self.scratchByteCount = ((aTransposed ? m * k : 0) + (bTransposed ? k * n : 0)) * 4 + 64
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < aOffsets.count, m > 0, n > 0 else { return }
        var a = operands.floats(0) + aOffsets[tile]
        var b = operands.floats(1) + bOffsets[tile]
        let c = operands.floats(addend == nil ? 2 : 3) + tile * m * n
        var free = scratch.floats
        if aTransposed {
            transpose(a, rows: k, columns: m, into: free)
            a = free
            free += m * k
        }
        if bTransposed {
            transpose(b, rows: n, columns: k, into: free)
            b = free
        }
        meter?.add {
            $0.calls += 1
            $0.macs += m * n * k
            $0.copiedBytes += ((aTransposed ? m * k : 0) + (bTransposed ? k * n : 0)) * 4
        }
        gemm.multiply(m: m, n: n, k: k, a: a, aPitch: k, b: b, bPitch: n, c: c, cPitch: n)
        if alpha != 1 || addend != nil { scaleAndAdd(c, operands) }
        if var ending = ending?.from(0) { loops.table.finish(c, n, c, n, m, n, &ending) }
    }

    private func scaleAndAdd(_ c: UnsafeMutablePointer<Float>, _ operands: Operands) {
        for row in 0..<m {
            for column in 0..<n {
                var value = alpha * c[row * n + column]
                if let addend {
                    value +=
                        addend.scale * operands.floats(2)[row * addend.rowStride + column * addend.columnStride]
                }
                c[row * n + column] = value
            }
        }
    }
}

/// Writes the transpose of `source` (rows x columns) densely into `target` (columns x rows).
func transpose(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, into target: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
    }
}
