internal import CDeeperKernels
internal import DeeperTensors

/// A stack of products Y_i[m x n] = ending(alpha A_i[m x k] B_i[k x n] + scale C) of computed operands by packed
/// products: every tile packs columns of B and multiplies all rows of A with them.
///
/// Operands: A, B, C if there is an addend, Y.
public final class PackedMatMulKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport { KernelReport("packed per run", provider: "packed") }
    public let meter: OperationMeter?
    private let m: Int, n: Int, k: Int
    private let aOffsets: [Int], bOffsets: [Int]
    private let aTransposed: Bool, bTransposed: Bool
    private let alpha: Float
    private let addend: MatMulKernel.Addend?
    private let ending: EpilogueValues
    private let routine: ProductRoutine
    private let loops: VectorLoops
    /// The number of columns that a tile packs, and the number of such blocks of columns.
    private let columns: Int, blocks: Int
    /// The offsets of the runs of a row, and their length.
    private let runOffsets: [Int], runLength: Int

    /// - Parameters: as of ``MatMulKernel``.
    public init(
        m: Int, n: Int, k: Int, aOffsets: [Int], bOffsets: [Int], aTransposed: Bool = false,
        bTransposed: Bool = false, alpha: Float = 1, addend: MatMulKernel.Addend? = nil, ending: Ending = .none,
        options: KernelOptions
    ) {
        precondition(aOffsets.count == bOffsets.count)
        (self.m, self.n, self.k) = (m, n, k)
        (self.aOffsets, self.bOffsets) = (aOffsets, bOffsets)
        (self.aTransposed, self.bTransposed) = (aTransposed, bTransposed)
        self.alpha = alpha
        self.addend = addend
        self.ending = EpilogueValues(Epilogue(ending: ending), columns: n)
        let row = WindowGeometry(
            input: [max(m, 1)], output: [max(m, 1)], kernel: [1], stride: [1], dilation: [1], padBefore: [0])
        let routine = options.product(
            for: ConvolutionShape(
                window: row, images: 1, inputChannels: k, outputChannels: n, groups: 1, inputPitch: k,
                outputs: [.init(channels: n, pitch: n)]))
        self.routine = routine
        self.loops = VectorLoops(options.instructionSet)
        self.meter = options.meter()
        (runOffsets, runLength) = row.runs(channels: max(k, 1), pitch: k, width: m)
        // If rows are transposed first, a tile should use them for more than one panel.
        let panels = max(1, (n + routine.columns - 1) / routine.columns)
        let perTile = aTransposed ? min(panels, 8) : 1
        columns = perTile * routine.columns
        blocks = (panels + perTile - 1) / perTile
        tileCount = max(1, aOffsets.count * blocks)
        scratchByteCount = (k * routine.columns + (aTransposed ? m * k : 0)) * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < aOffsets.count * blocks, m > 0, n > 0 else { return }
        let (product, block) = (tile / blocks, tile % blocks)
        let c = operands.floats(addend == nil ? 2 : 3) + product * m * n
        let b = operands.floats(1) + bOffsets[product]
        var a = UnsafePointer(operands.floats(0) + aOffsets[product])
        let panel = scratch.floats
        if aTransposed {
            let rows = panel + k * routine.columns
            loops.table.transpose(rows, k, a, m, k, m)
            a = UnsafePointer(rows)
        }
        for first in stride(from: block * columns, to: min(n, (block + 1) * columns), by: routine.columns) {
            let count = min(routine.columns, n - first)
            pack(b, first, count, into: panel)
            var own = ending.from(first)
            let isPlain = alpha == 1 && addend == nil && k > 0
            multiply(a, panel, count, into: c + first, isPlain ? own : ck_epilogue(clamp: .unbounded))
            if isPlain { continue }
            if alpha != 1 || addend != nil { scaleAndAdd(first, count, c + first, operands) }
            loops.table.finish(c + first, n, c + first, n, m, count, &own)
        }
    }

    /// Packs columns of B into a panel.
    private func pack(_ b: UnsafePointer<Float>, _ first: Int, _ count: Int, into panel: UnsafeMutablePointer<Float>) {
        let padded = routine.paddedColumns(count)
        if bTransposed {
            panel.update(repeating: 0, count: k * padded)
            routine.routine.pack(panel, count, b + first * k, k, 1)
            return
        }
        for row in 0..<k {
            let target = panel + row * padded
            target.update(from: b + row * n + first, count: count)
            (target + count).update(repeating: 0, count: padded - count)
        }
    }

    private func multiply(
        _ a: UnsafePointer<Float>, _ panel: UnsafePointer<Float>, _ count: Int, into c: UnsafeMutablePointer<Float>,
        _ epilogue: ck_epilogue
    ) {
        // The sums are empty.
        guard k > 0 else {
            for row in 0..<m { (c + row * n).update(repeating: 0, count: count) }
            return
        }
        runOffsets.withUnsafeBufferPointer { offsets in
            var product = ck_product()
            product.a = a
            product.a_pitch = k
            product.runs = offsets.count
            product.run_length = runLength
            product.run_offsets = offsets.baseAddress
            product.panel = panel
            product.rows = m
            product.columns = count
            product.c = c
            product.c_pitch = n
            product.epilogue = epilogue
            routine.routine.product(&product)
        }
        meter?.add {
            $0.calls += 1
            $0.macs += m * k * routine.paddedColumns(count)
            $0.paddingMacs += m * k * (routine.paddedColumns(count) - count)
            $0.copiedBytes += k * count * 4
        }
    }

    private func scaleAndAdd(_ first: Int, _ count: Int, _ c: UnsafeMutablePointer<Float>, _ operands: Operands) {
        for row in 0..<m {
            for column in 0..<count {
                var value = alpha * c[row * n + column]
                if let addend {
                    let place = row * addend.rowStride + (first + column) * addend.columnStride
                    value += addend.scale * operands.floats(2)[place]
                }
                c[row * n + column] = value
            }
        }
    }
}

/// Makes the kernel for products of two computed matrices. It uses packed products if filters are packed.
///
/// - Parameters: as of ``MatMulKernel``.
public func matMulKernel(
    m: Int, n: Int, k: Int, aOffsets: [Int], bOffsets: [Int], aTransposed: Bool = false, bTransposed: Bool = false,
    alpha: Float = 1, addend: MatMulKernel.Addend? = nil, ending: Ending = .none, options: KernelOptions
) -> any Kernel {
    options.packsFilters
        ? PackedMatMulKernel(
            m: m, n: n, k: k, aOffsets: aOffsets, bOffsets: bOffsets, aTransposed: aTransposed,
            bTransposed: bTransposed,
            alpha: alpha, addend: addend, ending: ending, options: options)
        : MatMulKernel(
            m: m, n: n, k: k, aOffsets: aOffsets, bOffsets: bOffsets, aTransposed: aTransposed,
            bTransposed: bTransposed,
            alpha: alpha, addend: addend, ending: ending, options: options)
}
