internal import CDeeperKernels
internal import DeeperTensors

/// Convolution in which every channel has one filter of its own: taps times channels multiply-adds a pixel, no GEMM.
public final class DepthwiseConvolutionKernel: Kernel {
    public let lowering = "depthwise"
    public let tileCount: Int
    public var preparedByteCount: Int { (weights.count + bias.count) * 4 }
    public let meter: OperationMeter?
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
        self.meter = options.meter()
        self.loops = VectorLoops(options.instructionSet)
        self.isByRows = shape.window.isPlanar && shape.window.dilation == SIMD3(repeating: 1)
        self.tileCount = streamingTileCount(
            elements: shape.images * shape.window.outputPixels * channels * 4,
            rows: shape.images * (isByRows ? shape.window.output[1] : shape.window.outputPixels))
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        computeTile(tile, operands, scratch, pitch: shape.outputs[0].pitch)
    }
}

extension DepthwiseConvolutionKernel: BandKernel {
    var outputPixels: Int { shape.images * shape.window.outputPixels }
    var channels: Int { shape.inputChannels }
    var formulaMacsPerElement: Int { shape.window.taps }
    var pixelsPerUnit: Int { isByRows ? shape.window.output[2] : 1 }

    func computeBand(
        _ units: Range<Int>, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer { bias in
                guard let weights = weights.baseAddress, let bias = bias.baseAddress else { return }
                if isByRows {
                    computeRows(units, source, target, pitch, weights, bias)
                } else {
                    computePixels(units, source, target, pitch, weights, bias)
                }
            }
        }
    }

    private func computeRows(
        _ lines: Range<Int>, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ pitch: Int,
        _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>
    ) {
        let window = shape.window
        var row = window.row(pitch: shape.inputPitch)
        for index in lines {
            let (image, line) = (index / window.output[1], index % window.output[1])
            let taps = window.valid(1, at: line)
            row.rows = taps.taps.count
            if let meter {
                let executed = taps.taps.count * window.tapsInside(2)
                meter.addWindows(executed, of: window.output[2] * window.taps, channels: channels)
            }
            row.source = source + (image * window.input[1] + taps.first) * window.input[2] * shape.inputPitch
            loops.table.depthwise_row(
                target + (index - lines.lowerBound) * window.output[2] * pitch, pitch, &row,
                weights + taps.taps.lowerBound * window.kernel[2] * channels, bias, channels, clamp.lower, clamp.upper)
        }
    }

    private func computePixels(
        _ pixels: Range<Int>, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ pitch: Int,
        _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>
    ) {
        let window = shape.window
        let row = window.kernel[2] * channels
        let plane = window.kernel[1] * row
        for index in pixels {
            let image = index / window.outputPixels
            let target = target + (index - pixels.lowerBound) * pitch
            if let meter {
                let position = window.outputPosition(index % window.outputPixels)
                let executed = (0..<3).reduce(1) { $0 * window.valid($1, at: position[$1]).taps.count }
                meter.addWindows(executed, of: window.taps, channels: channels)
            }
            guard let found = window.taps(at: index % window.outputPixels, pitch: shape.inputPitch) else {
                loops.table.bias_clamp(target, 0, bias, 0, 1, channels, nil, clamp.lower, clamp.upper)
                continue
            }
            let kernel = ck_taps(
                depth: 0, height: 0, width: 0, depth_stride: plane, height_stride: row, width_stride: channels)
            let start = found.kernelStart
            loops.table.depthwise(
                target, source + image * window.inputPixels * shape.inputPitch + found.offset,
                weights + start[0] * plane + start[1] * row + start[2] * channels, bias, channels, found.taps, kernel,
                clamp.lower, clamp.upper)
        }
    }
}
