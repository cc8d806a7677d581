internal import CDeeperKernels
public import DeeperTensors

/// A convolution with few filters, such as the last one of a segmentation network. A panel of them would be mostly
/// zeros, so the lanes of a register are neighbouring outputs instead: a tile brings the input lines that it reads into
/// planes, one for each channel.
///
/// Every element is the same sum as by ``PackedConvolutionKernel``, bit by bit, so that either may be chosen.
public final class PlanarConvolutionKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport {
        KernelReport(
            "planar \(shape.window.kernelText)", preparedByteCount: weights.count * 4 + epilogue.byteCount,
            convolution: shape)
    }
    public let meter: OperationMeter?

    private let shape: ConvolutionShape
    private let weights: [Float]
    private let epilogue: EpilogueValues
    private let loops: VectorLoops
    private let lineBlocks: Int
    private let columnBlocks: Int
    /// The number of terms of a chain of additions.
    private let chain: Int
    private let planePitch: Int

    /// Columns of a tile, if there are too few lines to divide.
    private static let fewestColumns = 256
    /// About 15 microseconds of work for one core.
    private static let macsPerTile = 1_000_000
    private static let floatsPerTile = 32 * 1024
    private static let fewestTaps = 3

    /// Returns nil for convolutions that packed products compute faster, or that this kernel does not support.
    ///
    /// - Parameter weights: [filters, channels, taps...] row-major.
    public init?(
        _ shape: ConvolutionShape, weights: Weights<Float>, epilogue: Epilogue, options: KernelOptions
    ) throws {
        let loops = VectorLoops(options.instructionSet)
        let (window, filters, channels) = (shape.window, shape.outputChannels, shape.inputChannels)
        guard shape.groups == 1, shape.outputs.count == 1, shape.weightOperands == 0, epilogue.scale == nil,
            filters > 0, 2 * filters <= loops.table.vector_width, window.isPlanar, window.dilation[1] == 1,
            window.dilation[2] == 1, window.taps >= PlanarConvolutionKernel.fewestTaps, channels > 0,
            window.stride[2] <= window.kernel[2], window.stride[1] <= window.kernel[1],
            window.output[2] >= loops.table.vector_width, options.product == nil,
            PackedConvolutionKernel.supports(shape)
        else { return nil }
        self.shape = shape
        self.loops = loops
        self.epilogue = EpilogueValues(epilogue, columns: filters)
        self.meter = options.meter()
        let values = try weights.values()
        let taps = window.taps
        self.weights = [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
            for filter in 0..<filters {
                for channel in 0..<channels {
                    for tap in 0..<taps {
                        buffer[(tap * channels + channel) * filters + filter] =
                            values[(filter * channels + channel) * taps + tap]
                    }
                }
            }
            count = values.count
        }
        let isPadded = !window.readsInside
        let run = window.runs(
            channels: channels, pitch: isPadded ? channels : shape.inputPitch,
            width: isPadded ? window.reach(2, of: window.output[2]) : window.input[2]
        ).length
        chain = PackedConvolutionKernel.chainLength(run)
        let work = window.outputPixels * filters * shape.reduction
        lineBlocks = PackedTiling.bandCount(
            units: window.output[1], macCount: work, rowFloats: window.inputPixels * channels,
            rowFloatsPerTile: PlanarConvolutionKernel.floatsPerTile, workers: options.workers)
        let wanted = max(options.workers, work / PlanarConvolutionKernel.macsPerTile) / lineBlocks
        columnBlocks = max(1, min(wanted, window.output[2] / PlanarConvolutionKernel.fewestColumns))
        tileCount = max(1, shape.images * lineBlocks * columnBlocks)
        let lines = (window.output[1] + lineBlocks - 1) / lineBlocks
        let columns = (window.output[2] + columnBlocks - 1) / columnBlocks
        let length = (window.reach(2, of: columns) + window.stride[2] - 1) / window.stride[2]
        planePitch = (length + loops.table.vector_width + 15) / 16 * 16
        scratchByteCount = window.reach(1, of: lines) * window.stride[2] * channels * planePitch * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = shape.window
        let columns = partition(window.output[2], part: tile % columnBlocks, of: columnBlocks)
        let lines = partition(window.output[1], part: tile / columnBlocks % lineBlocks, of: lineBlocks)
        let image = tile / (columnBlocks * lineBlocks)
        guard image < shape.images, !lines.isEmpty, !columns.isEmpty else { return }
        let pixel = image * window.outputPixels + lines.lowerBound * window.output[2] + columns.lowerBound
        let pitch = shape.outputs[0].pitch
        let residual = shape.residualPitch.map { UnsafePointer(operands.floats(1)) + pixel * $0 }
        compute(
            lines, columns, of: operands.floats(0) + image * window.inputPixels * shape.inputPitch, scratch.floats,
            to: operands.floats(shape.firstOutput) + pixel * pitch, pitch: pitch, residual)
    }

    /// Computes lines of an image.
    ///
    /// - Parameters:
    ///   - target: the first of these pixels.
    ///   - residual: what is added to it.
    private func compute(
        _ lines: Range<Int>, _ columns: Range<Int>, of image: UnsafePointer<Float>,
        _ planes: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, pitch: Int,
        _ residual: UnsafePointer<Float>?
    ) {
        let window = shape.window
        fill(planes, from: image, lines, columns)
        var own = epilogue.from(0)
        weights.withUnsafeBufferPointer { weights in
            var line = ck_planar()
            line.planes = UnsafePointer(planes)
            line.line_pitch = linePitch
            line.phase_pitch = shape.inputChannels * planePitch
            line.plane_pitch = planePitch
            (line.kernel_rows, line.kernel_columns) = (window.kernel[1], window.kernel[2])
            (line.channels, line.stride) = (shape.inputChannels, window.stride[2])
            (line.outputs, line.filters) = (columns.count, shape.outputChannels)
            line.weights = weights.baseAddress
            line.bias = own.bias
            line.chain = chain
            line.c = target
            line.c_pitch = pitch
            own.bias = nil
            own.residual = residual
            own.residual_pitch = shape.residualPitch ?? 0
            for _ in lines {
                loops.table.planar_line(&line)
                finish(line.c, pitch, columns.count, &own)
                line.planes += window.stride[1] * linePitch
                line.c += window.output[2] * pitch
                if let residual = own.residual { own.residual = residual + window.output[2] * own.residual_pitch }
            }
        }
        meter?.add {
            $0.calls += lines.count
            $0.macs += lines.count * columns.count * shape.outputChannels * shape.reduction
        }
    }

    private var linePitch: Int { shape.window.stride[2] * shape.inputChannels * planePitch }

    /// Applies what comes after the sums of a line of `count` pixels.
    private func finish(
        _ line: UnsafeMutablePointer<Float>, _ pitch: Int, _ count: Int, _ epilogue: inout ck_epilogue
    ) {
        let filters = shape.outputChannels
        // Pixels without gaps are one long row, unless a filter has parameters of its own.
        let isDense = pitch == filters && epilogue.slopes == nil && shape.residualPitch ?? filters == filters
        loops.table.finish(
            line, pitch, line, pitch, isDense ? 1 : count, isDense ? count * filters : filters, &epilogue)
    }

    /// Brings the input lines and columns that a tile reads into planes, with zeros outside the image.
    private func fill(
        _ planes: UnsafeMutablePointer<Float>, from image: UnsafePointer<Float>, _ lines: Range<Int>,
        _ columns: Range<Int>
    ) {
        let (window, channels, stride) = (shape.window, shape.inputChannels, shape.window.stride[2])
        let firstRow = lines.lowerBound * window.stride[1] - window.padBefore[1]
        let firstColumn = columns.lowerBound * stride - window.padBefore[2]
        let (rows, width) = (window.reach(1, of: lines.count), window.reach(2, of: columns.count))
        if let meter { meter.add { $0.copiedBytes += rows * width * channels * 4 } }
        for row in 0..<rows {
            let isInside = (0..<window.input[1]).contains(firstRow + row)
            let source = image + (firstRow + row) * window.input[2] * shape.inputPitch
            for phase in 0..<stride {
                let target = planes + row * linePitch + phase * channels * planePitch
                let length = (width - phase + stride - 1) / stride
                // The places whose column is inside the image.
                let start = firstColumn + phase
                let lower = start >= 0 ? 0 : min(length, (stride - 1 - start) / stride)
                let upper =
                    isInside
                    ? max(lower, min(length, (window.input[2] - start + stride - 1) / stride)) : lower
                for channel in 0..<channels where lower > 0 || upper < length {
                    let plane = target + channel * planePitch
                    plane.update(repeating: 0, count: lower)
                    (plane + upper).update(repeating: 0, count: length - upper)
                }
                guard lower < upper else { continue }
                loops.table.transpose(
                    target + lower, planePitch, source + (start + lower * stride) * shape.inputPitch,
                    stride * shape.inputPitch, upper - lower, channels)
            }
        }
    }
}

extension PlanarConvolutionKernel: BandKernel {
    var outputPixels: Int { shape.images * shape.window.outputPixels }
    var channels: Int { shape.outputChannels }
    var pixelsPerUnit: Int { shape.window.output[2] }
    // The planes of a tile that has a part of the columns are too short for all of them.
    var makesBands: Bool { columnBlocks == 1 && shape.residualPitch == nil }
    var macsPerElement: Int { shape.reduction }

    func scratchByteCount(ofBand units: Int) -> Int {
        shape.window.reach(1, of: min(units, shape.window.output[1])) * linePitch * 4
    }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let window = shape.window
        var first = units.lowerBound
        while first < units.upperBound {
            let (image, line) = (first / window.output[1], first % window.output[1])
            let end = min(units.upperBound, (image + 1) * window.output[1])
            compute(
                line..<line + end - first, 0..<window.output[2],
                of: operands.floats(0) + image * window.inputPixels * shape.inputPitch, scratch,
                to: target + (first - units.lowerBound) * window.output[2] * pitch, pitch: pitch, nil)
            first = end
        }
    }
}
