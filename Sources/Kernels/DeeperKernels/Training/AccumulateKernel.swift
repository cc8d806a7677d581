internal import CDeeperKernels

/// Y = clamp(X), or Y = clamp(Y + X), for channels-last values: for sums, activations and gradients that are passed on.
/// Operands: X, Y.
public final class AccumulateKernel: Kernel {
    public var report: KernelReport { KernelReport("accumulate") }
    public let tileCount: Int
    private let pixels: Int
    private let channels: Int
    private let inputPitch: Int, outputPitch: Int
    private let adds: Bool
    private let clamp: ClampRange
    private let loops: VectorLoops

    public init(
        pixels: Int, channels: Int, inputPitch: Int, outputPitch: Int, adds: Bool, clamp: ClampRange = .unbounded,
        options: KernelOptions
    ) {
        self.pixels = pixels
        self.channels = channels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.adds = adds
        self.clamp = clamp
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: pixels * channels, rows: pixels)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = partition(pixels, part: tile, of: tileCount)
        let source = operands.floats(0) + range.lowerBound * inputPitch
        let target = operands.floats(1) + range.lowerBound * outputPitch
        if adds {
            var epilogue = ck_epilogue(residual: source, residualPitch: inputPitch, clamp: clamp)
            loops.table.finish(target, outputPitch, target, outputPitch, range.count, channels, &epilogue)
        } else {
            var epilogue = ck_epilogue(clamp: clamp)
            loops.table.finish(target, outputPitch, source, inputPitch, range.count, channels, &epilogue)
        }
    }
}
