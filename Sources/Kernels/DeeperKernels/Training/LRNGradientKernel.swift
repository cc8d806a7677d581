internal import CDeeperKernels

/// The gradient of local response normalisation (see ``LRNKernel``). Operands: X, dY, dX.
public final class LRNGradientKernel: Kernel {
    public var report: KernelReport { KernelReport("LRN gradient") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let pixels: Int
    private let channels: Int
    private let pitches: SIMD3<Int>
    private let size: Int
    private let alpha: Float, beta: Float, bias: Float
    private let adds: Bool
    private let loops: VectorLoops

    /// - Parameters:
    ///   - inputPitch, gradientPitch, targetPitch: the distance in floats from one pixel of X, dY and dX to the next.
    ///   - adds: whether the gradient is added to the contents of dX.
    public init(
        pixels: Int, channels: Int, inputPitch: Int, gradientPitch: Int, targetPitch: Int, size: Int, alpha: Float,
        beta: Float, bias: Float, adds: Bool, options: KernelOptions
    ) {
        precondition(size > 0)
        self.pixels = pixels
        self.channels = channels
        self.pitches = SIMD3(inputPitch, gradientPitch, targetPitch)
        // A window wider than all channels on both sides would sum the same squares.
        self.size = min(size, 2 * channels + 1)
        self.alpha = alpha / Float(size)
        self.beta = beta
        self.bias = bias
        self.adds = adds
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: pixels * channels, rows: pixels)
        self.scratchByteCount = (3 * channels + 2 * self.size) * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = partition(pixels, part: tile, of: tileCount)
        loops.table.lrn_gradient(
            operands.floats(2) + range.lowerBound * pitches[2], pitches[2],
            operands.floats(0) + range.lowerBound * pitches[0], pitches[0],
            operands.floats(1) + range.lowerBound * pitches[1], pitches[1], range.count, channels, size, alpha, beta,
            bias, adds ? 1 : 0, scratch.floats)
    }
}
