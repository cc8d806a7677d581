internal import CDeeperKernels
public import DeeperTensors

/// Convolution by packed products that read the windows in place, without im2col.
///
/// A row of a window in a channels-last image is contiguous in memory, so each sum of products runs over a few
/// contiguous runs. If windows reach out of the image, a tile reads a zero-padded copy of the band of rows that it
/// needs. The epilogue is applied in registers, or on a tile in the cache. The terms of each element are summed in the
/// order (tap, channel), independent of the tile.
public final class PackedConvolutionKernel: MeteredKernel, JoiningKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport {
        let lowering =
            !shape.window.isPointwise
            ? "direct \(shape.window.kernelText)" : shape.window.outputPixels == 1 ? "dense rows" : "1x1 GEMM"
        return KernelReport(
            lowering, provider: "packed", reason: reason, preparedByteCount: filters.byteCount + epilogue.byteCount,
            convolution: shape)
    }
    public let meter: OperationMeter?

    let shape: ConvolutionShape
    let filters: PackedFilters<Float>
    private let reason: String?
    private let epilogue: EpilogueValues
    private let routine: ProductRoutine
    /// The number of workers that the tiles are divided among.
    let workers: Int
    private let tiling: PackedTiling
    /// Whether tiles read a padded copy.
    let isPadded: Bool
    /// The offsets of a window's runs, and their length.
    private let runOffsets: [Int]
    private let runLength: Int
    /// The number of pixels of a padded row.
    let paddedWidth: Int
    /// The lines of the output, grouped by the rows of the window that are multiplied.
    private let zones: [LineZone]

    /// Whether this kernel supports a convolution. It supports all except those along three axes and those whose
    /// padding is much larger than the image, because the padding is copied with the image.
    public static func supports(_ shape: ConvolutionShape) -> Bool {
        let window = shape.window
        return window.isPlanar
            && (1...2).allSatisfy { window.reach($0, of: window.output[$0]) <= 4 * window.input[$0] + 256 }
    }

    /// - Parameters:
    ///   - weights: [outputChannels, channelsPerGroup, taps...] row-major, as ONNX stores them.
    /// - Throws: `limitExceeded` if memory for the weights is refused.
    public convenience init(
        _ shape: ConvolutionShape, weights: Weights<Float>, epilogue: Epilogue, options: KernelOptions
    ) throws {
        precondition(weights.count == shape.outputChannels * shape.reduction)
        let routine = options.product(for: shape)
        let (channels, taps) = (shape.channelsPerGroup, shape.window.taps)
        let filters = try PackedFilters<Float>(shape, columnLength: shape.reduction, form: "direct", options: options)
        try filters.fill(weights, options) { weights, panel, target in
            routine.routine.pack(target, panel.columns, weights + panel.filter * channels * taps, channels, taps)
        }
        self.init(shape, filters, epilogue, options: options)
    }

    /// A convolution whose filters change from run to run. The operand after the image and the residual is the panels,
    /// which a ``PackFiltersKernel`` writes; the next one is the bias.
    ///
    /// The bias must be followed by readable memory for up to 31 floats.
    public convenience init(
        _ shape: ConvolutionShape, hasBias: Bool, clamp: ClampRange = .unbounded, options: KernelOptions
    ) {
        var shape = shape
        shape.weightOperands = hasBias ? 2 : 1
        let filters = PackedFilters<Float>(packedByStep: shape, for: options.product(for: shape))
        self.init(shape, filters, Epilogue(clamp: clamp), options: options)
    }

    private init(
        _ shape: ConvolutionShape, _ filters: PackedFilters<Float>, _ epilogue: Epilogue, options: KernelOptions
    ) {
        precondition(PackedConvolutionKernel.supports(shape))
        let window = shape.window
        self.shape = shape
        self.epilogue = EpilogueValues(epilogue, columns: shape.outputChannels)
        self.reason = options.tuning?.reason(for: shape) ?? WinogradForm.comparison(of: shape)
        let routine = options.product(for: shape)
        self.routine = routine
        self.workers = options.workers
        self.meter = options.meter()
        self.filters = filters
        let channels = shape.channelsPerGroup
        self.isPadded = !window.readsInside
        self.paddedWidth = window.reach(2, of: window.output[2])
        (runOffsets, runLength) = window.runs(
            channels: channels, pitch: isPadded ? channels : shape.inputPitch,
            width: isPadded ? paddedWidth : window.input[2])
        self.zones = window.lineZones
        let units =
            window.isPointwise
            ? (shape.images * window.outputPixels + routine.rows - 1) / routine.rows
            : window.output[1]
        let images = window.isPointwise ? shape.images : 1
        self.tiling = PackedTiling(
            PackedTiling.Work(
                units: units, panels: filters.groups.first?.count ?? 0,
                // Reading a weight takes as long as multiplying it with a block of rows.
                macCount: max(images * window.outputPixels, routine.rows) * shape.filtersPerGroup
                    * shape.reduction,
                rowFloats: images * window.inputPixels * channels,
                weightFloats: shape.reduction * shape.filtersPerGroup, rowFloatsPerTile: 80 * 1024,
                mostPanelBlocks: isPadded ? max(2, shape.filtersPerGroup / 96 / 2 * 2) : .max,
                workers: options.workers))
        self.tileCount = max(
            1, (window.isPointwise ? 1 : shape.images) * shape.groups * tiling.rowBlocks * tiling.panelBlocks)
        let lines = (window.output[1] + tiling.rowBlocks - 1) / tiling.rowBlocks
        self.scratchByteCount = isPadded ? window.reach(1, of: lines) * paddedWidth * channels * 4 : 0
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let panelBlock = tile % tiling.panelBlocks
        let rowBlock = tile / tiling.panelBlocks % tiling.rowBlocks
        let group = tile / (tiling.panelBlocks * tiling.rowBlocks) % shape.groups
        let image = tile / (tiling.panelBlocks * tiling.rowBlocks * shape.groups)
        let all = filters.groups[group]
        let part = partition(all.count, part: panelBlock, of: tiling.panelBlocks)
        let panels = all.lowerBound + part.lowerBound..<all.lowerBound + part.upperBound
        let window = shape.window
        if window.isPointwise {
            let rows = shape.images * window.outputPixels
            let unit = routine.rows
            let units = partition((rows + unit - 1) / unit, part: rowBlock, of: tiling.rowBlocks)
            let first = units.lowerBound * unit
            let source = operands.floats(0) + first * shape.inputPitch + group * shape.channelsPerGroup
            multiply(
                panels, Rows(source, count: min(rows, units.upperBound * unit) - first, pitch: shape.inputPitch),
                .operands(operands, firstPixel: first))
            return
        }
        let lines = partition(window.output[1], part: rowBlock, of: tiling.rowBlocks)
        guard image < shape.images, !lines.isEmpty else { return }
        let source = operands.floats(0) + image * window.inputPixels * shape.inputPitch + group * shape.channelsPerGroup
        let windows = rows(of: lines, of: source, scratch.floats)
        for zone in zones {
            let own = zone.lines.clamped(to: lines)
            guard !own.isEmpty else { continue }
            var rows = windows
            rows.source += (own.lowerBound - lines.lowerBound) * windows.linePitch
            rows.lines = own.count
            multiply(
                panels, rows,
                .operands(operands, firstPixel: image * window.outputPixels + own.lowerBound * window.output[2]),
                taps: zone.taps)
        }
    }

    /// The windows of `lines` of an image. If a padded copy of the rows that they read is necessary, it is written to
    /// `scratch`.
    func rows(
        of lines: Range<Int>, of image: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) -> Rows {
        let window = shape.window
        var (source, width, pitch) = (image, window.input[2], shape.inputPitch)
        if isPadded {
            copyPadded(image, lines, into: scratch)
            (source, width, pitch) = (UnsafePointer(scratch), paddedWidth, shape.channelsPerGroup)
        } else {
            source += lines.lowerBound * window.stride[1] * width * pitch
        }
        return Rows(
            source, lines: lines.count, linePitch: window.stride[1] * width * pitch, count: window.output[2],
            pitch: window.stride[2] * pitch)
    }

    public func following(_ producer: any Kernel) -> (any Kernel)? {
        guard shape.weightOperands == 0, let producer = producer as? any BandKernel, producer.makesBands,
            producer.macsPerElement == 0
        else { return nil }
        return BandedConvolutionKernel(producer, self)
    }

    /// Multiplies `pixels`, which are dense at `source`, by one of several equal parts of the filters, for a 1x1
    /// convolution without groups.
    func multiplyPixels(
        _ pixels: Range<Int>, at source: UnsafePointer<Float>, by block: (index: Int, count: Int), _ operands: Operands
    ) {
        multiply(
            partition(filters.groups[0].count, part: block.index, of: block.count),
            Rows(source, count: pixels.count, pitch: shape.inputPitch),
            .operands(operands, firstPixel: pixels.lowerBound))
    }

    /// Windows of the output: `lines` lines of `count` windows each.
    struct Rows {
        var source: UnsafePointer<Float>
        var lines: Int
        var linePitch: Int
        var count: Int
        var pitch: Int

        init(_ source: UnsafePointer<Float>, lines: Int = 1, linePitch: Int = 0, count: Int, pitch: Int) {
            self.source = source
            self.lines = lines
            self.linePitch = linePitch
            self.count = count
            self.pitch = pitch
        }
    }

    /// Where products are written.
    enum Destination {
        /// To the outputs of a step, from an output pixel on.
        case operands(Operands, firstPixel: Int)
        /// To memory for all channels, with pixels `pitch` floats apart.
        case band(UnsafeMutablePointer<Float>, pitch: Int)
    }

    /// Multiplies rows by `panels`.
    ///
    /// - Parameter taps: the rows of the window that are multiplied; nil for all.
    func multiply(_ panels: Range<Int>, _ rows: Rows, _ destination: Destination, taps: Range<Int>? = nil) {
        let runsPerTap = runOffsets.count / shape.window.kernel[1]
        let taps = taps ?? 0..<shape.window.kernel[1]
        let skipped = taps.lowerBound * runsPerTap
        runOffsets.withUnsafeBufferPointer { offsets in
            let own = weights(destination)
            var product = ck_product()
            product.a = rows.source
            product.a_pitch = rows.pitch
            product.runs = taps.count * runsPerTap
            product.run_length = runLength
            product.run_offsets = offsets.baseAddress.map { $0 + skipped }
            product.rows = rows.lines * rows.count
            product.line_rows = rows.count
            product.line_pitch = rows.linePitch
            for index in panels {
                let panel = filters.panels[index]
                product.panel = own.panels + panel.offset + skipped * runLength * panel.paddedColumns
                product.columns = panel.columns
                product.epilogue = epilogue.from(panel.filter)
                if let bias = own.bias { product.epilogue.bias = bias + panel.filter }
                switch destination {
                case .band(let target, let pitch):
                    product.c_pitch = pitch
                    product.c = target + panel.outputChannel
                case .operands(let operands, let firstPixel):
                    let pitch = shape.outputs[panel.output].pitch
                    product.c_pitch = pitch
                    product.c =
                        operands.floats(shape.firstOutput + panel.output) + firstPixel * pitch + panel.outputChannel
                    if let residualPitch = shape.residualPitch {
                        product.epilogue.residual =
                            UnsafePointer(operands.floats(1)) + firstPixel * residualPitch + panel.outputChannel
                        product.epilogue.residual_pitch = residualPitch
                    }
                }
                routine.routine.product(&product)
                if let meter {
                    let macs = Int(product.rows) * Int(product.runs) * runLength
                    meter.add {
                        $0.calls += 1
                        $0.macs += macs * panel.paddedColumns
                        $0.paddingMacs += macs * (panel.paddedColumns - panel.columns)
                    }
                }
            }
        }
    }

    /// The panels, and the bias if it is an operand.
    ///
    /// - Precondition: if a step packs the panels, the destination is the operands of a step: see ``makesBands``.
    private func weights(
        _ destination: Destination
    ) -> (panels: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
        guard filters.isPackedByStep, case .operands(let operands, _) = destination else {
            return (filters.elements, nil)
        }
        return (
            UnsafePointer(operands.floats(shape.firstOutput - max(1, shape.weightOperands))),
            shape.weightOperands == 2 ? UnsafePointer(operands.floats(shape.firstOutput - 1)) : nil
        )
    }
}

extension PackedConvolutionKernel {
    /// The number of terms of a chain of additions whose runs have a length: whole runs, at least 128 terms.
    static func chainLength(_ run: Int) -> Int { (127 + run) / run * run }
}
