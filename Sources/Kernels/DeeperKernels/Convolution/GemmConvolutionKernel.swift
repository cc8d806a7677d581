internal import CDeeperKernels
public import DeeperTensors

/// Convolution as matrix products by a ``GemmProvider``: Y[pixels x filters] = X[pixels x reduction] W[reduction x
/// filters].
///
/// For a pointwise convolution, the activations are multiplied in place; otherwise a tile's windows are first gathered
/// in scratch (im2col). The epilogue is applied to the tile while it is in the cache. With one output, the product is
/// written directly to it; with several, it is computed in scratch, and its columns are distributed to the outputs.
public final class GemmConvolutionKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport {
        KernelReport(
            shape.window.isPointwise ? "1x1 GEMM" : "im2col + GEMM", provider: gemm.name, reason: reason,
            preparedByteCount: weights.byteCount + epilogue.byteCount, convolution: shape)
    }
    public let meter: OperationMeter?

    private let shape: ConvolutionShape
    private let reason: String?
    private let tiling: ConvolutionTiling
    private let weights: AlignedStorage
    private let epilogue: EpilogueValues
    /// Whether the epilogue leaves sums as they are.
    private let isPlain: Bool
    private let gemm: any GemmProvider
    private let loops: VectorLoops
    private let patchFloats: Int

    /// - Parameters:
    ///   - weights: [outputChannels, channelsPerGroup, taps...] row-major, as ONNX stores them.
    /// - Throws: `limitExceeded` if memory for the weights is refused.
    public init(
        _ shape: ConvolutionShape, weights: Weights<Float>, epilogue: Epilogue, options: KernelOptions
    ) throws {
        self.shape = shape
        self.tiling = ConvolutionTiling(shape)
        self.weights = try GemmConvolutionKernel.matrices(shape, weights.values())
        self.epilogue = EpilogueValues(epilogue, columns: shape.outputChannels)
        self.isPlain = epilogue == Epilogue()
        self.gemm = options.gemm
        self.meter = options.meter()
        self.reason =
            options.tuning?.reason(for: shape)
            ?? (options.packsFilters ? "packed products do not support three spatial axes or huge padding" : nil)
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, shape.images * shape.groups * tiling.pixelBlocks * tiling.filterBlocks)
        let rows = (0..<tiling.pixelBlocks).map { [tiling] in tiling.pixels($0, of: shape).count }.max() ?? 0
        let patch = shape.window.isPointwise ? 0 : rows * shape.reduction
        self.patchFloats = (patch + 15) / 16 * 16
        let product = shape.outputs.count == 1 ? 0 : rows * shape.filtersPerGroup
        self.scratchByteCount = (patchFloats + product) * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let filterBlock = tile % tiling.filterBlocks
        let pixelBlock = tile / tiling.filterBlocks % tiling.pixelBlocks
        let group = tile / (tiling.filterBlocks * tiling.pixelBlocks) % shape.groups
        let image = tile / (tiling.filterBlocks * tiling.pixelBlocks * shape.groups)
        let pixels = tiling.pixels(pixelBlock, of: shape)
        let filters = tiling.filters(filterBlock, of: shape)
        guard image < shape.images, !pixels.isEmpty, !filters.isEmpty else { return }

        let pitch = shape.inputPitch
        let source = operands.floats(0) + image * shape.window.inputPixels * pitch + group * shape.channelsPerGroup
        var rows = UnsafePointer(source + pixels.lowerBound * pitch)
        var rowPitch = pitch
        if !shape.window.isPointwise {
            im2col(
                shape.window, image: source, pitch: pitch, channels: shape.channelsPerGroup, pixels: pixels,
                into: scratch.floats)
            rows = UnsafePointer(scratch.floats)
            rowPitch = shape.reduction
        }
        let matrix = weightMatrix(group) + filters.lowerBound
        let channel = group * shape.filtersPerGroup + filters.lowerBound
        if shape.outputs.count == 1 {
            let target =
                operands.floats(shape.firstOutput)
                + (image * shape.window.outputPixels + pixels.lowerBound) * shape.outputs[0].pitch + channel
            multiply(pixels.count, filters.count, rows, rowPitch, matrix, target, shape.outputs[0].pitch)
            let residual = shape.residualPitch.map { pitch in
                (operands.floats(1) + (image * shape.window.outputPixels + pixels.lowerBound) * pitch + channel, pitch)
            }
            finish(
                target, shape.outputs[0].pitch, target, shape.outputs[0].pitch, pixels.count, channel, filters.count,
                residual)
        } else {
            let product = scratch.floats + patchFloats
            multiply(pixels.count, filters.count, rows, rowPitch, matrix, product, filters.count)
            deal(product, filters.count, image, pixels, channel, operands)
        }
    }

    private func multiply(
        _ m: Int, _ n: Int, _ rows: UnsafePointer<Float>, _ rowPitch: Int, _ matrix: UnsafePointer<Float>,
        _ target: UnsafeMutablePointer<Float>, _ targetPitch: Int
    ) {
        meter?.add {
            $0.calls += 1
            $0.macs += m * n * shape.reduction
            if !shape.window.isPointwise { $0.copiedBytes += m * shape.reduction * 4 }
        }
        gemm.multiply(
            m: m, n: n, k: shape.reduction, a: rows, aPitch: rowPitch, b: matrix, bPitch: shape.filtersPerGroup,
            c: target, cPitch: targetPitch)
    }

    /// Applies the epilogue to `columns` columns of a tile, of which the first is output channel `channel`, and writes
    /// them.
    private func finish(
        _ target: UnsafeMutablePointer<Float>, _ targetPitch: Int, _ source: UnsafePointer<Float>, _ sourcePitch: Int,
        _ rows: Int, _ channel: Int, _ columns: Int,
        _ residual: (start: UnsafeMutablePointer<Float>, pitch: Int)? = nil
    ) {
        if target == source, isPlain, residual == nil { return }
        var own = epilogue.from(channel)
        if let residual {
            own.residual = UnsafePointer(residual.start)
            own.residual_pitch = residual.pitch
        }
        loops.table.finish(target, targetPitch, source, sourcePitch, rows, columns, &own)
    }

    /// Distributes the columns of a product to the outputs that they belong to.
    private func deal(
        _ product: UnsafePointer<Float>, _ columns: Int, _ image: Int, _ pixels: Range<Int>, _ channel: Int,
        _ operands: Operands
    ) {
        var first = 0
        for index in shape.outputs.indices {
            let part = shape.outputs[index]
            let lower = max(channel, first)
            let upper = min(channel + columns, first + part.channels)
            if lower < upper {
                let target =
                    operands.floats(1 + index) + (image * shape.window.outputPixels + pixels.lowerBound) * part.pitch
                    + (lower - first)
                finish(target, part.pitch, product + (lower - channel), columns, pixels.count, lower, upper - lower)
            }
            first += part.channels
        }
    }

    private func weightMatrix(_ group: Int) -> UnsafePointer<Float> {
        let floats = weights.bytes.assumingMemoryBound(to: Float.self)
        // Non-nil: a block of AlignedStorage is never empty.
        return floats.baseAddress! + group * shape.reduction * shape.filtersPerGroup
    }

    /// Each group's weights as [tap][channel][filter].
    private static func matrices(_ shape: ConvolutionShape, _ weights: [Float]) throws -> AlignedStorage {
        precondition(weights.count == shape.outputChannels * shape.reduction)
        let storage = try AlignedStorage(
            byteCount: shape.outputChannels * shape.reduction * MemoryLayout<Float>.size)
        let target = storage.mutableBytes.bindMemory(to: Float.self)
        let (filters, channels, taps) = (shape.filtersPerGroup, shape.channelsPerGroup, shape.window.taps)
        for group in 0..<shape.groups {
            for filter in 0..<filters {
                let source = (group * filters + filter) * channels * taps
                for channel in 0..<channels {
                    for tap in 0..<taps {
                        let row = group * shape.reduction + tap * channels + channel
                        target[row * filters + filter] = weights[source + channel * taps + tap]
                    }
                }
            }
        }
        return storage
    }
}
