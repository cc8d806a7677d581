internal import CDeeperKernels
internal import DeeperTensors

/// Local response normalisation across the channels of channels-last X:
/// Y[c] = X[c] / (bias + alpha / size * sum of X[i]^2 for i around c) ^ beta, with floor((size-1)/2) channels before
/// c and ceil((size-1)/2) after it (ONNX LRN).
public final class LRNKernel: Kernel {
    public var report: KernelReport { KernelReport("LRN") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let pixels: Int
    let channels: Int
    private let inputPitch: Int, outputPitch: Int
    private let size: Int
    private let alpha: Float, beta: Float, bias: Float
    private let loops: VectorLoops

    public init(
        pixels: Int, channels: Int, inputPitch: Int, outputPitch: Int, size: Int, alpha: Float, beta: Float,
        bias: Float, options: KernelOptions
    ) {
        precondition(size > 0)
        self.pixels = pixels
        self.channels = channels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        // A window wider than all channels on both sides would sum the same squares.
        self.size = min(size, 2 * channels + 1)
        self.alpha = alpha / Float(size)
        self.beta = beta
        self.bias = bias
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: pixels * channels, rows: pixels)
        self.scratchByteCount = 2 * (channels + self.size) * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        computeTile(tile, operands, scratch, pitch: outputPitch)
    }
}

extension LRNKernel: BandKernel {
    var outputPixels: Int { pixels }
    var pixelsPerUnit: Int { 1 }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        loops.table.lrn(
            target, pitch, operands.floats(0) + units.lowerBound * inputPitch, inputPitch, units.count, channels, size,
            alpha,
            beta, bias, scratch)
    }
}
