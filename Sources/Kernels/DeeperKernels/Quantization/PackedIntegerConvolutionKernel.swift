internal import CDeeperKernels
internal import DeeperTensors

/// Convolution of 8-bit channels-last images by packed products of integers, without im2col.
///
/// A row of a window is contiguous in memory. Tiles read a copy of the band of rows that they need if there is padding,
/// which is filled with the zero point, or if the routine needs the bytes in another form.
final class PackedIntegerConvolutionKernel: Kernel {
    let tileCount: Int
    let scratchByteCount: Int
    var report: KernelReport {
        let window = shape.window
        let lowering =
            !window.isPointwise ? "direct \(window.kernelText)" : window.outputPixels == 1 ? "dense rows" : "1x1 GEMM"
        return KernelReport(
            lowering + " of integers", provider: "packed \(routine.name)", preparedByteCount: filters.panels.byteCount,
            convolution: zeroPoint.isKnown ? shape : nil, multiplied: routine.multiplied)
    }

    private let shape: ConvolutionShape
    private let filters: IntegerFilters
    private let routine: IntegerRoutine
    private let staging: RowStaging
    private let isStaged: Bool
    private let zeroPoint: ZeroPoint
    private let pixels: ElementType
    private let outputOperand: Int
    private let outputBytes: Int
    private let tiling: PackedTiling
    /// The offsets of a window's runs, in bytes, and their length in steps.
    private let runOffsets: [Int]
    private let runSteps: Int
    /// The number of pixels of a staged row.
    private let stagedWidth: Int
    private let constants: ColumnConstants
    private let result: IntegerEpilogue.Result
    private let residual: IntegerResidual?
    /// Whether this kernel supports a convolution: it must be planar and have channels, groups must have enough filters
    /// for panels, and the padding must not be much larger than the image.
    static func supports(_ shape: ConvolutionShape) -> Bool {
        PackedConvolutionKernel.supports(shape) && shape.channelsPerGroup > 0
            && (shape.groups == 1 || shape.filtersPerGroup >= 8)
    }

    /// - Parameters:
    ///   - shape: the convolution, with pitches in elements, one output, and a residual if the epilogue has one.
    ///   - pixels: int8 or uint8.
    ///   - weights: [outputChannels, channelsPerGroup, taps...] row-major, with their zero points subtracted.
    ///   - fitsBytes: whether these weights are from -128 to 127.
    /// - Throws: `limitExceeded` if memory for the weights is refused.
    init(
        _ shape: ConvolutionShape, _ pixels: ElementType, weights: Weights<Int16>, fitsBytes: Bool,
        zeroPoint: ZeroPoint, epilogue: IntegerEpilogue, options: KernelOptions
    ) throws {
        precondition(PackedIntegerConvolutionKernel.supports(shape) && shape.outputs.count == 1)
        precondition((shape.residualPitch == nil) == (epilogue.residual == nil) && epilogue.isConsistent)
        let window = shape.window
        let routine = IntegerRoutine.best(on: options.instructionSet, fitsBytes: fitsBytes)
        self.shape = shape
        self.routine = routine
        self.pixels = pixels
        self.zeroPoint = zeroPoint
        staging = RowStaging(pixels, routine)
        outputOperand = zeroPoint.nextOperand + (epilogue.residual == nil ? 0 : 1)
        let channels = shape.channelsPerGroup
        let isWhole = shape.inputPitch == channels && window.dilation[2] == 1
        let wholeLength = window.dilation[2] == 1 ? window.kernel[2] * channels : channels
        let readLength = isWhole ? wholeLength : channels
        if case .copied = staging, window.readsInside, readLength % routine.routine.step == 0 {
            isStaged = false
        } else {
            isStaged = true
        }
        // Staged rows are dense.
        let length = isStaged ? wholeLength : readLength
        stagedWidth = window.reach(2, of: window.output[2])
        let pitch = isStaged ? channels : shape.inputPitch
        let width = isStaged ? stagedWidth : window.input[2]
        let runsPerRow = window.kernel[2] * channels / length
        runOffsets = (0..<window.kernel[1]).flatMap { row in
            (0..<runsPerRow).map { run in
                (row * window.dilation[1] * width + run * window.dilation[2]) * pitch * routine.rowBytes
            }
        }
        runSteps = IntegerFilters.steps(length, routine)
        filters = try IntegerFilters(
            shape, weights: weights, runs: runOffsets.count, routine: routine, options: options)
        constants = try ColumnConstants(epilogue, columns: shape.outputChannels)
        outputBytes = epilogue.elementType.byteCount
        result = epilogue.result
        residual = epilogue.residual
        let units =
            window.isPointwise
            ? (shape.images * window.outputPixels + routine.rows - 1) / routine.rows : window.output[1]
        let images = window.isPointwise ? shape.images : 1
        // Sizes are in floats, a quarter of the bytes. A product takes about half as long as one of floats.
        tiling = PackedTiling(
            PackedTiling.Work(
                units: units, panels: filters.panels.groups.first?.count ?? 0,
                macCount: saturated(
                    max(images * window.outputPixels, routine.rows), shape.filtersPerGroup, shape.reduction) / 2,
                rowFloats: images * window.inputPixels * channels * routine.rowBytes / 4,
                weightFloats: shape.reduction * shape.filtersPerGroup * routine.rowBytes / 4,
                rowFloatsPerTile: 80 * 1024,
                mostPanelBlocks: isStaged ? max(2, shape.filtersPerGroup / 96 / 2 * 2) : .max,
                workers: options.workers))
        tileCount = max(
            1, (window.isPointwise ? 1 : shape.images) * shape.groups * tiling.rowBlocks * tiling.panelBlocks)
        let stagedRows =
            window.isPointwise
            ? (units + tiling.rowBlocks - 1) / tiling.rowBlocks * routine.rows
            : window.reach(1, of: (window.output[1] + tiling.rowBlocks - 1) / tiling.rowBlocks) * stagedWidth
        scratchByteCount =
            (isStaged ? stagedRows * channels * routine.rowBytes : 0) + ColumnConstants.slack
            + 4 * routine.panelWidth.columns
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let panelBlock = tile % tiling.panelBlocks
        let rowBlock = tile / tiling.panelBlocks % tiling.rowBlocks
        let group = tile / (tiling.panelBlocks * tiling.rowBlocks) % shape.groups
        let image = tile / (tiling.panelBlocks * tiling.rowBlocks * shape.groups)
        let all = filters.panels.groups[group]
        let part = partition(all.count, part: panelBlock, of: tiling.panelBlocks)
        let panels = all.lowerBound + part.lowerBound..<all.lowerBound + part.upperBound
        let window = shape.window
        let zero = zeroPoint.value(operands, pixels) + staging.shift
        let staged = StagedBand(shape: shape, width: stagedWidth, staging: staging, elementBytes: routine.rowBytes)
        // The panel's own bias comes first; the rest of the scratch is for the staged band.
        let band = scratch.base + 4 * routine.panelWidth.columns
        let source = UnsafeRawPointer(operands[0]) + group * shape.channelsPerGroup
        var product = ck_integer_product()
        let firstPixel: Int
        if window.isPointwise {
            let rows = shape.images * window.outputPixels
            let units = partition((rows + routine.rows - 1) / routine.rows, part: rowBlock, of: tiling.rowBlocks)
            firstPixel = units.lowerBound * routine.rows
            product.rows = max(0, min(rows, units.upperBound * routine.rows) - firstPixel)
            let own = source + firstPixel * shape.inputPitch
            if isStaged { staged.stage(product.rows, from: own, to: band) }
            address(&product, isStaged ? UnsafeRawPointer(band) : own)
        } else {
            let lines = partition(window.output[1], part: rowBlock, of: tiling.rowBlocks)
            guard image < shape.images else { return }
            firstPixel = image * window.outputPixels + lines.lowerBound * window.output[2]
            let own = source + image * window.inputPixels * shape.inputPitch
            let start = lines.lowerBound * window.stride[1] * window.input[2] * shape.inputPitch
            if isStaged { staged.stage(lines, of: own, zero, to: band) }
            address(&product, isStaged ? UnsafeRawPointer(band) : own + start)
            product.rows = lines.count * window.output[2]
        }
        guard product.rows > 0 else { return }
        multiply(panels, &product, zero, firstPixel, operands, scratch)
    }

    private func address(_ product: inout ck_integer_product, _ source: UnsafeRawPointer) {
        let window = shape.window
        let pitch = (isStaged ? shape.channelsPerGroup : shape.inputPitch) * routine.rowBytes
        product.a = source.assumingMemoryBound(to: CChar.self)
        product.a_pitch = window.stride[2] * pitch
        guard !window.isPointwise else { return }
        product.line_rows = window.output[2]
        product.line_pitch = window.stride[1] * (isStaged ? stagedWidth : window.input[2]) * pitch
    }

    private func multiply(
        _ panels: Range<Int>, _ product: inout ck_integer_product, _ zero: Int32, _ firstPixel: Int,
        _ operands: Operands, _ scratch: Scratch
    ) {
        let target = operands[outputOperand] + firstPixel * shape.outputs[0].pitch * outputBytes
        let addends = shape.residualPitch.map { operands.typed(outputOperand - 1, as: UInt8.self) + firstPixel * $0 }
        let own = scratch.base.assumingMemoryBound(to: Int32.self)
        product.run_steps = runSteps
        product.c_pitch = shape.outputs[0].pitch * outputBytes
        product.epilogue = ck_integer_epilogue(result)
        product.epilogue.bias = UnsafePointer(own)
        if let residual { product.epilogue.residual = residual.routineForm }
        product.epilogue.residual.pitch = shape.residualPitch ?? 0
        let (bias, scales, realOffsets) = (constants.bias, constants.scales, constants.offsets)
        runOffsets.withUnsafeBufferPointer { offsets in
            product.runs = offsets.count
            product.run_offsets = offsets.baseAddress
            for index in panels {
                let panel = filters.panels.panels[index]
                let (sums, terms) = filters.parts(panel)
                for column in 0..<panel.paddedColumns {
                    own[column] = bias[panel.filter + column] &- zero &* sums[column]
                }
                product.panel = terms
                product.columns = panel.columns
                product.epilogue.scale = scales + panel.filter
                product.epilogue.offset = realOffsets.map { $0 + panel.filter }
                product.epilogue.residual.bytes = addends.map { UnsafePointer($0 + panel.outputChannel) }
                product.c = (target + panel.outputChannel * outputBytes).assumingMemoryBound(to: CChar.self)
                routine.routine.product(&product)
            }
        }
    }
}

extension ck_integer_epilogue {
    /// An epilogue without bias and scales.
    init(_ result: IntegerEpilogue.Result) {
        self.init()
        switch result {
        case .sums: self.result = CK_SUMS
        case .reals(let range):
            self.result = CK_REALS
            (lower, upper) = (range.lower, range.upper)
        case .quantized(_, let zeroPoint, let least, let most):
            self.result = CK_BYTES
            lower = Float(least - zeroPoint)
            upper = Float(most - zeroPoint)
            zero = zeroPoint
        }
    }
}
