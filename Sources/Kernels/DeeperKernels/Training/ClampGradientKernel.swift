internal import CDeeperKernels

/// The step before the gradients of a layer's weights: dY is set to zero in place where the activation was at its bound
/// (ReLU: where Y is 0), and summed over all pixels for the gradient of the bias.
///
/// Operands: Y if there is an activation; dY, which is changed; if there is a bias, a table of ``tableFloats`` floats
/// for ``ColumnTotalKernel``.
public final class ClampGradientKernel: Kernel {
    public var report: KernelReport { KernelReport("activation gradient") }
    public let tileCount: Int
    /// The number of floats of the table of sums.
    public var tableFloats: Int { chunks.count * channels }
    private let chunks: ColumnChunks
    private let channels: Int
    private let resultPitch: Int, gradientPitch: Int
    private let clamp: ClampRange
    private let sums: Bool
    private let loops: VectorLoops

    /// - Parameters:
    ///   - clamp: the activation; unbounded if there is none.
    ///   - sums: whether columns are summed.
    public init(
        pixels: Int, channels: Int, resultPitch: Int, gradientPitch: Int, clamp: ClampRange, sums: Bool,
        options: KernelOptions
    ) {
        self.chunks = ColumnChunks(pixels: pixels)
        self.channels = channels
        self.resultPitch = resultPitch
        self.gradientPitch = gradientPitch
        self.clamp = clamp
        self.sums = sums
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = chunks.count
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let isClamped = clamp != .unbounded
        let gradient = operands.floats(isClamped ? 1 : 0)
        let row = sums ? operands.floats(isClamped ? 2 : 1) + tile * channels : nil
        row?.update(repeating: 0, count: channels)
        for block in chunks.blocks(tile, channels: channels) {
            let dy = gradient + block.lowerBound * gradientPitch
            if isClamped {
                loops.table.clamp_gradient(
                    dy, gradientPitch, operands.floats(0) + block.lowerBound * resultPitch, resultPitch, block.count,
                    channels, clamp.lower, clamp.upper)
            }
            if let row { loops.table.column_sums(row, dy, gradientPitch, block.count, channels) }
        }
    }
}

/// Sums the rows of a table of sums, which gives the gradient of a bias. Operand 0: the table, 1: the gradient.
public final class ColumnTotalKernel: Kernel {
    public var report: KernelReport { KernelReport("sum") }
    public let tileCount = 1
    private let chunks: ColumnChunks
    private let channels: Int

    public init(pixels: Int, channels: Int) {
        self.chunks = ColumnChunks(pixels: pixels)
        self.channels = channels
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let target = operands.floats(1)
        chunks.total(operands.floats(0), pitch: channels, columns: channels) { target[$0] = Float($1) }
    }
}
