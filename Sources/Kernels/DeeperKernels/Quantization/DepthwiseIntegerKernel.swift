internal import CDeeperKernels
internal import DeeperTensors

/// Depthwise convolution of 8-bit channels-last images: one filter a channel.
///
/// Tiles read a copy of the band of rows that they need, with the zero point outside the image.
final class DepthwiseIntegerKernel: Kernel {
    var report: KernelReport {
        KernelReport(
            "depthwise \(shape.window.kernelText) of integers", provider: "vector loops",
            preparedByteCount: weights.byteCount)
    }
    let tileCount: Int
    let scratchByteCount: Int
    private let shape: ConvolutionShape
    private let staging: RowStaging
    private let zeroPoint: ZeroPoint
    private let pixels: ElementType
    private let outputOperand: Int
    private let outputBytes: Int
    /// One a channel: what sums begin with, and the sums of the filters.
    private let bias: [Int32]
    private let sums: [Int32]
    private let scales: [Float]
    private let result: IntegerEpilogue.Result
    /// [tap][channel], and whole registers after the last.
    private let weights: AlignedStorage
    private let stagedWidth: Int
    private let bands: Int
    private let loops: VectorLoops
    private static let slack = 64

    /// Whether this kernel computes such convolutions.
    static func supports(_ shape: ConvolutionShape) -> Bool {
        shape.isDepthwise && PackedConvolutionKernel.supports(shape)
    }

    /// - Parameters: as of ``PackedIntegerConvolutionKernel``.
    /// - Throws: `limitExceeded` if memory is refused; what the weights' source throws.
    init(
        _ shape: ConvolutionShape, _ pixels: ElementType, weights: Weights<Int16>, zeroPoint: ZeroPoint,
        epilogue: IntegerEpilogue, options: KernelOptions
    ) throws {
        let window = shape.window, channels = shape.outputChannels
        self.shape = shape
        staging = pixels == .int8 ? .shifted : .copied
        self.zeroPoint = zeroPoint
        self.pixels = pixels
        outputOperand = zeroPoint.nextOperand
        outputBytes = epilogue.elementType.byteCount
        result = epilogue.result
        loops = VectorLoops(options.instructionSet)
        let padding = Array(repeating: Int32(0), count: DepthwiseIntegerKernel.slack)
        let values = try weights.values()
        bias = epilogue.bias.isEmpty ? Array(repeating: 0, count: channels) : epilogue.bias
        sums = (0..<channels).map { channel in
            values[channel * window.taps..<(channel + 1) * window.taps].reduce(0) { $0 &+ Int32($1) }
        }
        scales =
            (epilogue.scales.count == 1 ? Array(repeating: epilogue.scales[0], count: channels) : epilogue.scales)
            + padding.map { Float($0) }
        self.weights = try AlignedStorage(byteCount: 4 * (window.taps * channels + DepthwiseIntegerKernel.slack))
        let target = self.weights.mutableBytes.bindMemory(to: Int32.self)
        for channel in 0..<channels {
            for tap in 0..<window.taps { target[tap * channels + channel] = Int32(values[channel * window.taps + tap]) }
        }
        stagedWidth = window.reach(2, of: window.output[2])
        bands = PackedTiling.bandCount(
            units: window.output[1], macCount: saturated(window.outputPixels, channels, window.taps, 4),
            rowFloats: window.inputPixels * channels / 4, rowFloatsPerTile: 16 * 1024, workers: options.workers)
        tileCount = max(1, shape.images * bands)
        let lines = (window.output[1] + bands - 1) / bands
        scratchByteCount =
            4 * (channels + DepthwiseIntegerKernel.slack) + window.reach(1, of: lines) * stagedWidth * channels
            + DepthwiseIntegerKernel.slack
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = shape.window, channels = shape.outputChannels
        let lines = partition(window.output[1], part: tile % bands, of: bands)
        let image = tile / bands
        guard image < shape.images, !lines.isEmpty else { return }
        let zero = zeroPoint.value(operands, pixels) + staging.shift
        // What the zero point adds to a sum is the same everywhere, since it also fills the padding.
        let own = scratch.base.assumingMemoryBound(to: Int32.self)
        for channel in 0..<channels { own[channel] = bias[channel] &- zero &* sums[channel] }
        let staged = scratch.base + 4 * (channels + DepthwiseIntegerKernel.slack)
        let band = StagedBand(shape: shape, width: stagedWidth, staging: staging, elementBytes: 1)
        band.stage(
            lines, of: UnsafeRawPointer(operands[0]) + image * window.inputPixels * shape.inputPitch, zero,
            to: staged)
        var row = ck_byte_row()
        row.step = window.stride[2] * channels
        row.row = window.dilation[1] * stagedWidth * channels
        row.pixel = window.dilation[2] * channels
        (row.outputs, row.height, row.width) = (window.output[2], window.kernel[1], window.kernel[2])
        (row.channels, row.weight_pitch) = (channels, channels)
        row.weights = weights.bytes.assumingMemoryBound(to: Int32.self).baseAddress
        row.target_pitch = shape.outputs[0].pitch * outputBytes
        var epilogue = ck_integer_epilogue(result)
        epilogue.bias = UnsafePointer(own)
        scales.withUnsafeBufferPointer { scales in
            epilogue.scale = scales.baseAddress
            for line in lines {
                let offset = (line - lines.lowerBound) * window.stride[1] * stagedWidth * channels
                row.source = UnsafeRawPointer(staged + offset).assumingMemoryBound(to: UInt8.self)
                let pixel = image * window.outputPixels + line * window.output[2]
                row.target = (operands[outputOperand] + pixel * row.target_pitch).assumingMemoryBound(to: CChar.self)
                loops.table.depthwise_bytes(&row, &epilogue)
            }
        }
    }
}
