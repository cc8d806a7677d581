internal import CDeeperKernels
public import DeeperTensors

/// Convolution in which every channel has one filter of its own, or in which groups have only a few channels and
/// filters. It does not use matrix products.
public final class DepthwiseConvolutionKernel: MeteredKernel {
    public let tileCount: Int
    public var report: KernelReport {
        KernelReport(
            shape.isDepthwise ? "depthwise" : "grouped \(shape.window.kernelText)",
            preparedByteCount: weights.count * MemoryLayout<Float>.size + epilogue.byteCount)
    }
    public let meter: OperationMeter?
    private let shape: ConvolutionShape
    private let weights: [Float]
    private let epilogue: EpilogueValues
    private let groups: ck_groups
    private let loops: VectorLoops
    /// Whether whole rows of windows are computed at once, so that the weights stay in registers.
    private let isByRows: Bool

    /// - Parameter weights: [filters, channels of a group, taps...] row-major.
    public init(_ shape: ConvolutionShape, weights: Weights<Float>, epilogue: Epilogue, options: KernelOptions) throws {
        precondition((shape.isDepthwise || shape.hasNarrowGroups) && shape.outputs.count == 1)
        let (filters, channels, taps) = (shape.outputChannels, shape.channelsPerGroup, shape.window.taps)
        let weights = try weights.values()
        self.shape = shape
        // [taps][channels of a group][filters].
        self.weights = [Float](unsafeUninitializedCapacity: filters * shape.reduction) { buffer, count in
            for filter in 0..<filters {
                for channel in 0..<channels {
                    for tap in 0..<taps {
                        buffer[(tap * channels + channel) * filters + filter] =
                            weights[(filter * channels + channel) * taps + tap]
                    }
                }
            }
            count = filters * shape.reduction
        }
        self.groups = ck_groups(
            groups: shape.groups, inputs: channels, filters: shape.filtersPerGroup)
        self.epilogue = EpilogueValues(epilogue, columns: filters)
        self.meter = options.meter()
        self.loops = VectorLoops(options.instructionSet)
        let window = shape.window
        self.isByRows =
            shape.hasNarrowGroups || window.isPlanar && (window.dilation[2] == 1 || window.stride[2] == 1)
        self.tileCount = streamingTileCount(
            elements: shape.images * shape.window.outputPixels * filters * 4 * channels,
            rows: shape.images * (isByRows ? shape.window.output[1] : shape.window.outputPixels))
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let units = partition(units, part: tile, of: tileCount)
        let pitch = shape.outputs[0].pitch
        let first = units.lowerBound * pixelsPerUnit
        let residual = shape.residualPitch.map { UnsafePointer(operands.floats(1)) + first * $0 }
        compute(
            units, from: operands.floats(0), to: operands.floats(shape.firstOutput) + first * pitch, pitch: pitch,
            residual)
    }

    private func compute(
        _ units: Range<Int>, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, pitch: Int,
        _ residual: UnsafePointer<Float>?
    ) {
        weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            let (window, pixelsPerUnit) = (shape.window, pixelsPerUnit)
            var own = epilogue.from(0)
            var row = window.row(pitch: shape.inputPitch)
            for unit in units {
                let first = (unit - units.lowerBound) * pixelsPerUnit
                if let residual, let pitch = shape.residualPitch {
                    own.residual = residual + first * pitch
                    own.residual_pitch = pitch
                }
                if isByRows {
                    computeRow(unit, window, &row, source, target + first * pitch, pitch, weights, &own)
                } else {
                    computePixel(unit, source, target + first * pitch, weights, &own)
                }
            }
        }
    }

    @inline(__always)
    private func computeRow(
        _ index: Int, _ window: WindowGeometry, _ row: inout ck_window_row, _ source: UnsafePointer<Float>,
        _ target: UnsafeMutablePointer<Float>, _ pitch: Int,
        _ weights: UnsafePointer<Float>, _ epilogue: inout ck_epilogue
    ) {
        let (image, line) = (index / window.output[1], index % window.output[1])
        let taps = window.valid(1, at: line)
        row.rows = taps.taps.count
        if let meter {
            let executed = taps.taps.count * window.tapsInside(2)
            meter.addWindows(executed, of: window.output[2] * window.taps, channels: channels * shape.channelsPerGroup)
        }
        row.source = source + (image * window.input[1] + taps.first) * window.input[2] * shape.inputPitch
        row.row_pitch *= window.dilation[1]
        defer { row.row_pitch /= window.dilation[1] }
        let weights = weights + taps.taps.lowerBound * window.kernel[2] * shape.channelsPerGroup * channels
        if window.dilation[2] == 1 {
            multiply(target, pitch, &row, weights, &epilogue)
        } else {
            computeDilatedRow(window, row, target, pitch, weights, epilogue)
        }
    }

    @inline(__always)
    private func multiply(
        _ target: UnsafeMutablePointer<Float>, _ pitch: Int, _ row: inout ck_window_row,
        _ weights: UnsafePointer<Float>, _ epilogue: inout ck_epilogue
    ) {
        if shape.isDepthwise {
            loops.table.depthwise_row(target, pitch, &row, weights, channels, &epilogue)
        } else {
            loops.table.grouped_row(target, pitch, &row, weights, groups, &epilogue)
        }
    }

    /// Computes a row of dilated windows: columns that are one dilation apart form a row of windows without dilation.
    private func computeDilatedRow(
        _ window: WindowGeometry, _ row: ck_window_row, _ target: UnsafeMutablePointer<Float>, _ pitch: Int,
        _ weights: UnsafePointer<Float>, _ epilogue: ck_epilogue
    ) {
        let step = window.dilation[2]
        for phase in 0..<min(step, window.output[2]) {
            let start = phase - window.padBefore[2]
            let column = (start % step + step) % step
            var own = row
            own.source += column * row.pixel_pitch
            own.pixel_pitch *= step
            own.width = column < window.input[2] ? (window.input[2] - column + step - 1) / step : 0
            own.outputs = (window.output[2] - phase + step - 1) / step
            own.pad = (column - start) / step
            var ending = epilogue
            if let residual = epilogue.residual {
                ending.residual = residual + phase * epilogue.residual_pitch
                ending.residual_pitch *= step
            }
            multiply(target + phase * pitch, pitch * step, &own, weights, &ending)
        }
    }

    private func computePixel(
        _ index: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
        _ weights: UnsafePointer<Float>, _ epilogue: inout ck_epilogue
    ) {
        let window = shape.window
        let row = window.kernel[2] * channels
        let plane = window.kernel[1] * row
        let image = index / window.outputPixels
        if let meter {
            let position = window.outputPosition(index % window.outputPixels)
            let executed = (0..<3).reduce(1) { $0 * window.valid($1, at: position[$1]).taps.count }
            meter.addWindows(executed, of: window.taps, channels: channels)
        }
        // The sum of a window that is completely in the padding is empty.
        let found =
            window.taps(at: index % window.outputPixels, pitch: shape.inputPitch) ?? (ck_taps(), 0, SIMD3(repeating: 0))
        let kernel = ck_taps(
            depth: 0, height: 0, width: 0, depth_stride: plane, height_stride: row, width_stride: channels)
        let start = found.kernelStart
        loops.table.depthwise(
            target, source + image * window.inputPixels * shape.inputPitch + found.offset,
            weights + start[0] * plane + start[1] * row + start[2] * channels, channels, found.taps, kernel, &epilogue)
    }
}

extension DepthwiseConvolutionKernel: BandKernel {
    var outputPixels: Int { shape.images * shape.window.outputPixels }
    var channels: Int { shape.outputChannels }
    var formulaMacsPerElement: Int { shape.reduction }
    var pixelsPerUnit: Int { isByRows ? shape.window.output[2] : 1 }
    var makesBands: Bool { shape.residualPitch == nil }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        compute(units, from: operands.floats(0), to: target, pitch: pitch, nil)
    }
}
