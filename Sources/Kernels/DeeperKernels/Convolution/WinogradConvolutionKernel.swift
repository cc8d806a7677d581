internal import CDeeperKernels
public import DeeperTensors

/// Convolution by Winograd's minimal filtering: fewer multiplications, slightly larger rounding errors.
///
/// A tile of work processes a block of Winograd tiles in all three phases, so that intermediate values stay in the
/// second-level cache: it transforms the input of all channels; then, panel by panel, it multiplies at every position
/// and transforms back, with the epilogue. An element's bits depend on its Winograd tile alone.
public final class WinogradConvolutionKernel: MeteredKernel {
    public let form: WinogradForm
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport {
        KernelReport(
            "Winograd \(form.rawValue)", provider: "packed", reason: reason,
            preparedByteCount: filters.byteCount + epilogue.byteCount, convolution: shape)
    }
    public let meter: OperationMeter?

    public let shape: ConvolutionShape
    private let filters: PackedFilters<Float>
    private let reason: String?
    private let epilogue: EpilogueValues
    private let loops: VectorLoops
    private let routine: ProductRoutine
    private let tiles: (rows: Int, columns: Int)
    /// The numbers of blocks of Winograd tiles and of blocks of panels.
    private let rowBlocks: Int, panelBlocks: Int
    /// The number of Winograd tiles in the largest block.
    private let blockTiles: Int

    private var positions: Int { form.points * form.points }

    /// - Parameters:
    ///   - weights: [outputChannels, channelsPerGroup, taps...] row-major, as ONNX stores them.
    /// - Precondition: ``WinogradForm/applies(to:)``.
    /// - Throws: `limitExceeded` if memory for the weights is refused.
    public init(
        _ shape: ConvolutionShape, form: WinogradForm, weights: Weights<Float>, epilogue: Epilogue,
        options: KernelOptions
    ) throws {
        precondition(form.applies(to: shape) && weights.count == shape.outputChannels * shape.reduction)
        self.shape = shape
        self.reason = options.tuning?.reason(for: shape) ?? WinogradForm.comparison(of: shape)
        self.form = form
        self.meter = options.meter()
        self.epilogue = EpilogueValues(epilogue, columns: shape.outputChannels)
        let routine = options.product(for: shape)
        self.routine = routine
        self.loops = VectorLoops(options.instructionSet)
        self.tiles = form.tiles(shape.window)
        let positions = form.points * form.points
        let channels = shape.channelsPerGroup
        let transform = form.weightTransform
        self.filters = try PackedFilters<Float>(
            shape, columnLength: positions * channels, form: form.rawValue, options: options)
        try filters.fill(weights, options) { weights, panel, target in
            routine.routine.pack_winograd(
                target, panel.columns, weights + panel.filter * channels * form.taps * form.taps, channels, form.taps,
                form.points, transform)
        }
        let count = shape.images * tiles.rows * tiles.columns
        let floats = count * positions * (channels + routine.columns)
        (rowBlocks, panelBlocks) = WinogradConvolutionKernel.blocks(
            count, floats: floats, panels: filters.groups.first?.count ?? 0, workers: options.workers)
        self.blockTiles = (count + rowBlocks - 1) / rowBlocks
        self.tileCount = shape.groups * rowBlocks * panelBlocks
        self.scratchByteCount = positions * blockTiles * (channels + routine.columns) * 4
    }

    /// The number of blocks of Winograd tiles such that transformed values stay in the second-level cache, with equally
    /// many blocks for every worker. Each block reads all weights, so it has a minimum size. Each block of panels
    /// transforms the input again, so there are several only if workers would otherwise be idle.
    private static func blocks(_ count: Int, floats: Int, panels: Int, workers: Int) -> (rows: Int, panels: Int) {
        let needed = max(1, (floats + floatsPerBlock - 1) / floatsPerBlock)
        let most = max(1, count / leastTilesPerBlock)
        var rows = PackedTiling.multiple(of: workers, from: needed)
        if rows > most { rows = most < workers ? most : most / workers * workers }
        while rows < workers, rows > needed, workers % rows != 0 { rows -= 1 }
        return (rows, max(1, min(panels, (workers + rows - 1) / rows)))
    }

    private static let floatsPerBlock = 160 * 1024
    private static let leastTilesPerBlock = 14

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let panelBlock = tile % panelBlocks
        let rowBlock = tile / panelBlocks % rowBlocks
        let group = tile / (panelBlocks * rowBlocks)
        let count = shape.images * tiles.rows * tiles.columns
        let block = partition(count, part: rowBlock, of: rowBlocks)
        guard !block.isEmpty else { return }
        transformInput(block, operands.floats(0) + group * shape.channelsPerGroup, into: scratch.floats)
        let products = scratch.floats + positions * block.count * shape.channelsPerGroup
        let all = filters.groups[group]
        meter?.add { $0.addInputTransforms(block.count * shape.channelsPerGroup, form) }
        for index in partition(all.count, part: panelBlock, of: panelBlocks) {
            let panel = filters.panels[all.lowerBound + index]
            if let meter {
                let rows = positions * block.count * shape.channelsPerGroup
                meter.add {
                    $0.calls += positions
                    $0.winogradMultiplications += rows * panel.columns
                    $0.winogradPadding += rows * (panel.paddedColumns - panel.columns)
                    $0.addOutputTransforms(block.count * panel.columns, form)
                }
            }
            multiply(panel, block.count, UnsafePointer(scratch.floats), into: products)
            transformOutput(panel, block, UnsafePointer(products), operands)
        }
    }

    /// Writes [position][tile][channel].
    private func transformInput(
        _ block: Range<Int>, _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
    ) {
        let window = shape.window
        var square = ck_window()
        square.row_pitch = window.input[2] * shape.inputPitch
        square.pixel_pitch = shape.inputPitch
        square.rows = window.input[1]
        square.columns = window.input[2]
        for (index, tile) in block.enumerated() {
            let (image, row, column) = place(tile)
            square.image = source + image * window.inputPixels * shape.inputPitch
            square.first_row = row - window.padBefore[1]
            square.first_column = column - window.padBefore[2]
            loops.table.winograd_input(
                target + index * shape.channelsPerGroup, block.count * shape.channelsPerGroup, &square,
                shape.channelsPerGroup, Int32(form.points))
        }
    }

    /// Writes [position][tile][column].
    private func multiply(
        _ panel: PackedFilters<Float>.Panel, _ count: Int, _ source: UnsafePointer<Float>,
        into target: UnsafeMutablePointer<Float>
    ) {
        let channels = shape.channelsPerGroup
        var noOffset = 0
        withUnsafePointer(to: &noOffset) { noOffset in
            var product = ck_product()
            product.a = source
            product.a_pitch = channels
            product.runs = 1
            product.run_length = channels
            product.run_offsets = noOffset
            product.panel = filters.elements + panel.offset
            product.c = target
            product.c_pitch = panel.paddedColumns
            product.rows = count
            product.columns = panel.paddedColumns
            product.is_raw = 1
            for _ in 0..<positions {
                routine.routine.product(&product)
                product.a += count * channels
                product.panel += channels * panel.paddedColumns
                product.c += count * panel.paddedColumns
            }
        }
    }

    private func transformOutput(
        _ panel: PackedFilters<Float>.Panel, _ block: Range<Int>, _ source: UnsafePointer<Float>, _ operands: Operands
    ) {
        let window = shape.window
        let pitch = shape.outputs[panel.output].pitch
        let target = operands.floats(shape.firstOutput + panel.output) + panel.outputChannel
        var patch = ck_patch()
        patch.row_pitch = window.output[2] * pitch
        patch.pixel_pitch = pitch
        patch.channels = panel.columns
        patch.epilogue = epilogue.from(panel.filter)
        patch.epilogue.residual_pitch = shape.residualPitch ?? 0
        patch.residual_row_pitch = window.output[2] * patch.epilogue.residual_pitch
        for (index, tile) in block.enumerated() {
            let (image, row, column) = place(tile)
            let pixel = image * window.outputPixels + row * window.output[2] + column
            if let residualPitch = shape.residualPitch {
                patch.epilogue.residual =
                    UnsafePointer(operands.floats(1)) + pixel * residualPitch + panel.outputChannel
            }
            patch.rows = window.output[1] - row
            patch.columns = window.output[2] - column
            patch.target = target + pixel * pitch
            loops.table.winograd_output(
                &patch, source + index * panel.paddedColumns, block.count * panel.paddedColumns, Int32(form.points),
                Int32(form.outputs))
        }
    }

    /// The image of a tile and the output position of its first pixel.
    @inline(__always)
    private func place(_ tile: Int) -> (image: Int, row: Int, column: Int) {
        (
            tile / (tiles.rows * tiles.columns), tile / tiles.columns % tiles.rows * form.outputs,
            tile % tiles.columns * form.outputs
        )
    }
}
