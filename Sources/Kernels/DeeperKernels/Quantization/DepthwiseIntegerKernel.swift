internal import CDeeperKernels
internal import DeeperTensors

/// Depthwise convolution of 8-bit channels-last images: one filter per channel.
///
/// The rows that a line of windows reads are interleaved in lanes, with the zero point outside the image, so that a
/// lane multiplies several rows at once.
final class DepthwiseIntegerKernel: Kernel {
    var report: KernelReport {
        KernelReport(
            "depthwise \(shape.window.kernelText) of integers", provider: "packed \(routine.name)",
            preparedByteCount: weights.byteCount, convolution: zeroPoint.isKnown ? shape : nil,
            multiplied: routine.multiplied)
    }
    let tileCount: Int
    let scratchByteCount: Int
    private let shape: ConvolutionShape
    private let routine: IntegerRoutine
    private let zeroPoint: ZeroPoint
    private let pixels: ElementType
    private let outputOperand: Int
    private let outputBytes: Int
    private let constants: ColumnConstants
    /// The sum of each channel's filter.
    private let sums: [Int32]
    private let result: IntegerEpilogue.Result
    /// Lanes [group of rows][column][channel], padded to whole registers at the end.
    private let weights: AlignedStorage
    /// The number of columns that a line of windows reads, including padding.
    private let columns: Int
    private let bands: Int
    /// The bytes of a tile's initial values of the sums.
    private let biasBytes: Int

    /// Whether this kernel supports a convolution.
    static func supports(_ shape: ConvolutionShape) -> Bool {
        shape.isDepthwise && PackedConvolutionKernel.supports(shape)
    }

    /// - Parameters: as for ``PackedIntegerConvolutionKernel``.
    /// - Throws: `limitExceeded` if memory is refused; the error of the weights' source.
    init(
        _ shape: ConvolutionShape, _ pixels: ElementType, weights: Weights<Int16>, fitsBytes: Bool,
        zeroPoint: ZeroPoint, epilogue: IntegerEpilogue, options: KernelOptions
    ) throws {
        precondition(DepthwiseIntegerKernel.supports(shape) && epilogue.residual == nil)
        let window = shape.window, channels = shape.outputChannels
        let routine = IntegerRoutine.best(on: options.instructionSet, fitsBytes: fitsBytes)
        self.shape = shape
        self.routine = routine
        self.zeroPoint = zeroPoint
        self.pixels = pixels
        outputOperand = zeroPoint.nextOperand
        outputBytes = epilogue.elementType.byteCount
        result = epilogue.result
        let values = try weights.values()
        constants = try ColumnConstants(epilogue, columns: channels)
        sums = (0..<channels).map { channel in
            values[channel * window.taps..<(channel + 1) * window.taps].reduce(0) { $0 &+ Int32($1) }
        }
        let step = routine.routine.step
        let groups = (window.kernel[1] + step - 1) / step
        self.weights = try AlignedStorage(
            byteCount: 4 * (groups * window.kernel[2] * channels + ColumnConstants.slack))
        DepthwiseIntegerKernel.pack(values, window, channels, step, into: self.weights.mutableBytes)
        columns = window.reach(2, of: window.output[2])
        bands = PackedTiling.bandCount(
            units: window.output[1], macCount: saturated(window.outputPixels, channels, window.taps, 2),
            rowFloats: window.inputPixels * channels / 4, rowFloatsPerTile: 16 * 1024, workers: options.workers)
        tileCount = max(1, shape.images * bands)
        let register = 4 * routine.routine.vector_width
        biasBytes = 4 * (channels + ColumnConstants.slack) / register * register
        scratchByteCount = biasBytes + groups * columns * register
    }

    /// Packs `step` rows of a column into each lane. Missing rows of the last group have weights of 0.
    private static func pack(
        _ values: [Int16], _ window: WindowGeometry, _ channels: Int, _ step: Int,
        into bytes: UnsafeMutableRawBufferPointer
    ) {
        let lanes = bytes.bindMemory(to: UInt32.self)
        let bits = 32 / step
        for channel in 0..<channels {
            for row in 0..<window.kernel[1] {
                for column in 0..<window.kernel[2] {
                    let value = values[(channel * window.kernel[1] + row) * window.kernel[2] + column]
                    let stored = UInt32(UInt16(bitPattern: value)) & (1 << bits - 1)
                    lanes[(row / step * window.kernel[2] + column) * channels + channel] |=
                        stored << (row % step * bits)
                }
            }
        }
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = shape.window, channels = shape.outputChannels
        let lines = partition(window.output[1], part: tile % bands, of: bands)
        let image = tile / bands
        guard image < shape.images, !lines.isEmpty else { return }
        let stored = zeroPoint.value(operands, pixels)
        let isSigned = pixels == .int8
        // The zero point's contribution to a sum is the same everywhere, because it also fills the padding.
        let zero = stored + (isSigned ? 128 : 0)
        let own = scratch.base.assumingMemoryBound(to: Int32.self)
        for channel in 0..<channels { own[channel] = constants.bias[channel] &- zero &* sums[channel] }
        let source = operands.typed(0, as: UInt8.self)
        let rowPitch = window.input[2] * shape.inputPitch
        let imageBytes = window.inputPixels * shape.inputPitch
        var windows = ck_byte_windows()
        windows.end = UnsafePointer(source + (shape.images * imageBytes - shape.inputPitch + channels))
        windows.row_pitch = window.dilation[1] * rowPitch
        windows.pixel_pitch = shape.inputPitch
        windows.left = min(max(window.padBefore[2], 0), columns)
        windows.skipped = max(0, -window.padBefore[2])
        windows.inside = max(0, min(columns - windows.left, window.input[2] - windows.skipped))
        windows.width = columns
        (windows.outputs, windows.stride, windows.dilation) = (window.output[2], window.stride[2], window.dilation[2])
        (windows.height, windows.window_width, windows.channels) = (window.kernel[1], window.kernel[2], channels)
        (windows.flip, windows.fill) = (isSigned ? 0x80 : 0, UInt8(truncatingIfNeeded: stored))
        windows.weights = UnsafePointer(weights.bytes.assumingMemoryBound(to: Int32.self).baseAddress)
        windows.weight_pitch = channels
        windows.scratch = scratch.base + biasBytes
        windows.target_pitch = shape.outputs[0].pitch * outputBytes
        var epilogue = ck_integer_epilogue(result)
        epilogue.bias = UnsafePointer(own)
        epilogue.scale = constants.scales
        epilogue.offset = constants.offsets
        for line in lines {
            let row = line * window.stride[1] - window.padBefore[1]
            let inside = rows(from: row)
            (windows.first_row, windows.end_row) = (inside.lowerBound, inside.upperBound)
            windows.source = UnsafePointer(source + (image * imageBytes + row * rowPitch))
            let pixel = image * window.outputPixels + line * window.output[2]
            windows.target = (operands[outputOperand] + pixel * windows.target_pitch).assumingMemoryBound(
                to: CChar.self)
            routine.routine.depthwise(&windows, &epilogue)
        }
    }

    /// The rows of a window that are inside the image, if its first row is input row `row`.
    private func rows(from row: Int) -> Range<Int> {
        let window = shape.window
        let dilation = window.dilation[1], height = window.kernel[1]
        let first = row >= 0 ? 0 : min(height, (dilation - 1 - row) / dilation)
        let end = row >= window.input[1] ? 0 : min(height, (window.input[1] - 1 - row) / dilation + 1)
        return first..<max(first, end)
    }
}
