internal import CKernels
internal import Tensors

/// Local response normalisation across the channels of channels-last X:
/// Y[c] = X[c] / (bias + alpha / size * sum of X[i]^2 for i around c) ^ beta, with floor((size-1)/2) channels before
/// c and ceil((size-1)/2) after it (ONNX LRN).
public final class LRNKernel: Kernel {
    public let lowering = "LRN"
    public let tileCount: Int
    public let scratchByteCount: Int
    private let pixels: Int, channels: Int
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
        // A wider window than all channels on both sides sums the same squares.
        self.size = min(size, 2 * channels + 1)
        self.alpha = alpha / Float(size)
        self.beta = beta
        self.bias = bias
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: pixels * channels, rows: pixels)
        self.scratchByteCount = 2 * (channels + self.size) * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = partition(pixels, part: tile, of: tileCount)
        loops.table.lrn(
            operands.floats(1) + range.lowerBound * outputPitch, outputPitch,
            operands.floats(0) + range.lowerBound * inputPitch, inputPitch, range.count, channels, size, alpha, beta,
            bias, scratch.floats)
    }
}
