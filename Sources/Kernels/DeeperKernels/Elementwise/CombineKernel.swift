internal import CDeeperKernels

/// The arithmetic of two numbers for which there are vectorised kernels.
public enum Combination: Sendable {
    case sum, difference, product, quotient
    /// The smaller or larger number; NaN if either is NaN.
    case smaller, larger

    var code: ck_combination {
        switch self {
        case .sum: CK_SUM
        case .difference: CK_DIFFERENCE
        case .product: CK_PRODUCT
        case .quotient: CK_QUOTIENT
        case .smaller: CK_SMALLER
        case .larger: CK_LARGER
        }
    }
}

/// Y[i] = ending(A[i] op B[i]) on float32 with broadcasting, for operands of any layout.
public final class CombineKernel: Kernel {
    public var report: KernelReport { KernelReport("elementwise") }
    public var tileCount: Int { tiles.count }
    private let nest: LoopNest
    private let combination: Combination
    private let ending: EpilogueValues
    private let tiles: StreamTiles
    private let loops: VectorLoops

    /// - Parameter nest: strides of A, B and Y in this order.
    /// - Precondition: the ending has no slopes per column.
    public init(_ combination: Combination, nest: LoopNest, ending: Ending, options: KernelOptions) {
        if case .prelu = ending.activation { preconditionFailure("PReLU needs rows of channels") }
        self.nest = nest
        self.combination = combination
        self.ending = EpilogueValues(Epilogue(ending: ending), columns: 0)
        self.tiles = StreamTiles(rows: nest.rowCount, columns: nest.innerCount)
        self.loops = VectorLoops(options.instructionSet)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (rows, columns) = tiles[tile]
        combine(rows, columns, operands) { offset, _ in (operands.floats(2) + offset, nest.rowStrides[2]) }
    }

    /// Computes `columns` of `rows`.
    ///
    /// - Parameter target: gives the destination of consecutive rows from their offset in the output and their number:
    ///   the first row, and the distance from one row to the next in elements.
    @inline(__always)
    private func combine(
        _ rows: Range<Int>, _ columns: Range<Int>, _ operands: Operands,
        _ target: (Int, Int) -> (UnsafeMutablePointer<Float>, Int)
    ) {
        var ending = ending.from(0)
        let (step, pitch, first) = (nest.innerStrides, nest.rowStrides, columns.lowerBound)
        nest.forEachBlock(rows) { offset, count in
            let start = offset &+ step &* SIMD4(repeating: first)
            var a = ck_grid(values: operands.floats(0) + start[0], pitch: pitch[0], step: step[0])
            var b = ck_grid(values: operands.floats(1) + start[1], pitch: pitch[1], step: step[1])
            let (target, targetPitch) = target(start[2], count)
            loops.table.combine(
                target, targetPitch, step[2], &a, &b, count, columns.count, combination.code, &ending)
        }
    }
}

/// Bands consist of rows of the loops. These are pixels if the second operand is a gate, that is, a value for every
/// channel or pixel of an image. The kernel that reads the bands compares their number and length with those of its
/// input.
extension CombineKernel: BandKernel {
    var readCount: Int { 2 }
    var outputPixels: Int { nest.rowCount }
    var channels: Int { nest.innerCount }
    var pixelsPerUnit: Int { 1 }
    var makesBands: Bool { nest.innerStrides[2] == 1 }
    var isElementwise: Bool { true }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var target = target
        combine(units, 0..<nest.innerCount, operands) { _, count in
            defer { target += count * pitch }
            return (target, pitch)
        }
    }
}
