internal import CKernels
internal import Tensors

/// Convolution in which every channel has one filter of its own: taps times channels multiply-adds a pixel, no GEMM.
public final class DepthwiseConvolutionKernel: Kernel {
    public let lowering = "depthwise"
    public let tileCount: Int
    public var preparedByteCount: Int { (weights.count + bias.count) * 4 }
    private let shape: ConvolutionShape
    private let weights: [Float]
    private let bias: [Float]
    private let clamp: ClampRange
    private let loops: VectorLoops
    /// Whether whole rows of windows are computed at once, which keeps the weights in registers.
    private let isByRows: Bool

    /// - Parameters:
    ///   - weights: [channels, 1, taps...] row-major.
    ///   - bias: one value a channel, or nil.
    public init(
        _ shape: ConvolutionShape, weights: Weights, bias: [Float]?, clamp: ClampRange,
        options: KernelOptions
    ) throws {
        precondition(shape.isDepthwise && shape.outputs.count == 1)
        let (channels, taps) = (shape.inputChannels, shape.window.taps)
        let weights = try weights.values()
        self.shape = shape
        self.weights = [Float](unsafeUninitializedCapacity: channels * taps) { buffer, count in
            for channel in 0..<channels {
                for tap in 0..<taps { buffer[tap * channels + channel] = weights[channel * taps + tap] }
            }
            count = channels * taps
        }
        self.bias = bias ?? [Float](repeating: 0, count: channels)
        self.clamp = clamp
        self.loops = VectorLoops(options.instructionSet)
        self.isByRows = shape.window.isPlanar && shape.window.dilation == SIMD3(repeating: 1)
        self.tileCount = streamingTileCount(
            elements: shape.images * shape.window.outputPixels * channels * 4,
            rows: shape.images * (isByRows ? shape.window.output[1] : shape.window.outputPixels))
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        if isByRows { runRows(tile, operands) } else { runPixels(tile, operands) }
    }

    private func runRows(_ tile: Int, _ operands: Operands) {
        let window = shape.window
        let channels = shape.inputChannels
        var row = window.row(pitch: shape.inputPitch)
        weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer { bias in
                guard let weights = weights.baseAddress, let bias = bias.baseAddress else { return }
                for index in partition(shape.images * window.output[1], part: tile, of: tileCount) {
                    let (image, line) = (index / window.output[1], index % window.output[1])
                    let taps = window.valid(1, at: line)
                    row.rows = taps.taps.count
                    row.source = UnsafePointer(
                        operands.floats(0)
                            + (image * window.input[1] + taps.first) * window.input[2] * shape.inputPitch)
                    loops.table.depthwise_row(
                        operands.floats(1) + index * window.output[2] * shape.outputs[0].pitch,
                        shape.outputs[0].pitch, &row,
                        weights + taps.taps.lowerBound * window.kernel[2] * channels, bias, channels, clamp.lower,
                        clamp.upper)
                }
            }
        }
    }

    private func runPixels(_ tile: Int, _ operands: Operands) {
        let window = shape.window
        let channels = shape.inputChannels
        let row = window.kernel[2] * channels
        let plane = window.kernel[1] * row
        weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer { bias in
                guard let weights = weights.baseAddress, let bias = bias.baseAddress else { return }
                for index in partition(shape.images * window.outputPixels, part: tile, of: tileCount) {
                    let image = index / window.outputPixels
                    let target = operands.floats(1) + index * shape.outputs[0].pitch
                    let source = operands.floats(0) + image * window.inputPixels * shape.inputPitch
                    guard let found = window.taps(at: index % window.outputPixels, pitch: shape.inputPitch) else {
                        loops.table.bias_clamp(
                            target, 0, bias, 0, 1, channels, nil, clamp.lower, clamp.upper)
                        continue
                    }
                    let kernel = ck_taps(
                        depth: 0, height: 0, width: 0, depth_stride: plane, height_stride: row, width_stride: channels)
                    let start = found.kernelStart
                    loops.table.depthwise(
                        target, source + found.offset,
                        weights + start[0] * plane + start[1] * row + start[2] * channels, bias, channels, found.taps,
                        kernel, clamp.lower, clamp.upper)
                }
            }
        }
    }
}
