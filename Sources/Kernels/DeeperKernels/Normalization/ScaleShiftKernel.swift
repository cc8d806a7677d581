internal import CDeeperKernels
internal import DeeperTensors

/// Y = clamp(X * scale[c] + shift[c]) for channels-last X: batch normalisation at inference.
public final class ScaleShiftKernel: Kernel {
    public let lowering = "scale + shift"
    public let tileCount: Int
    public var preparedByteCount: Int { (scale.count + shift.count) * 4 }
    private let pixels: Int
    private let inputPitch: Int, outputPitch: Int
    private let scale: [Float], shift: [Float]
    private let clamp: ClampRange
    private let loops: VectorLoops

    /// - Parameters:
    ///   - pixels: images times spatial positions.
    ///   - inputPitch, outputPitch: floats from one pixel to the next, at least `scale.count`.
    public init(
        pixels: Int, inputPitch: Int, outputPitch: Int, scale: [Float], shift: [Float], clamp: ClampRange,
        options: KernelOptions
    ) {
        precondition(scale.count == shift.count)
        self.pixels = pixels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.scale = scale
        self.shift = shift
        self.clamp = clamp
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: pixels * scale.count, rows: pixels)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = partition(pixels, part: tile, of: tileCount)
        scale.withUnsafeBufferPointer { scale in
            shift.withUnsafeBufferPointer { shift in
                loops.table.scale_shift_clamp(
                    operands.floats(1) + range.lowerBound * outputPitch, outputPitch,
                    operands.floats(0) + range.lowerBound * inputPitch, inputPitch, range.count, scale.count,
                    scale.baseAddress, shift.baseAddress, clamp.lower, clamp.upper)
            }
        }
    }
}
