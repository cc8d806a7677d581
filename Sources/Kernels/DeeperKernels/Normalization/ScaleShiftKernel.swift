internal import CDeeperKernels
internal import DeeperTensors

/// Y = epilogue(X) for channels-last X: batch normalisation at inference.
public final class ScaleShiftKernel: Kernel {
    public let tileCount: Int
    public var report: KernelReport { KernelReport("scale + shift", preparedByteCount: values.byteCount) }
    private let pixels: Int
    private let inputPitch: Int, outputPitch: Int
    private let channels: Int
    private let values: EpilogueValues
    private let loops: VectorLoops

    /// - Parameters:
    ///   - pixels: images times spatial positions.
    ///   - inputPitch, outputPitch: floats from one pixel to the next, at least `channels`.
    public init(
        pixels: Int, channels: Int, inputPitch: Int, outputPitch: Int, epilogue: Epilogue, options: KernelOptions
    ) {
        self.pixels = pixels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.channels = channels
        self.values = EpilogueValues(epilogue, columns: channels)
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: pixels * channels, rows: pixels)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = partition(pixels, part: tile, of: tileCount)
        var epilogue = values.from(0)
        loops.table.finish(
            operands.floats(1) + range.lowerBound * outputPitch, outputPitch,
            operands.floats(0) + range.lowerBound * inputPitch, inputPitch, range.count, channels, &epilogue)
    }
}
