internal import CDeeperKernels
internal import DeeperTensors

/// Y = epilogue(X) for channels-last float32 operands: an activation or a batch normalisation that is not fused into
/// the kernel before it.
public final class EpilogueKernel: Kernel {
    public let report: KernelReport
    public let tileCount: Int
    private let rows: Int, columns: Int
    private let inputPitch: Int, outputPitch: Int
    let outputPixels: Int, channels: Int
    private let epilogue: EpilogueValues
    private let loops: VectorLoops

    /// - Parameters:
    ///   - pixels: the number of images times spatial positions.
    ///   - inputPitch, outputPitch: floats from one pixel to the next, at least `channels`.
    public convenience init(
        pixels: Int, channels: Int, inputPitch: Int, outputPitch: Int, _ epilogue: Epilogue, options: KernelOptions
    ) {
        self.init(
            rows: pixels, columns: channels, inputPitch: inputPitch, outputPitch: outputPitch, pixels, channels,
            epilogue, options)
    }

    /// For operands whose elements are at the same offsets, as one long row.
    ///
    /// - Parameter channels: the channels of a pixel, if the operands are channels-last images.
    public convenience init(count: Int, channels: Int = 1, _ epilogue: Epilogue, options: KernelOptions) {
        self.init(
            rows: 1, columns: count, inputPitch: count, outputPitch: count, count / max(1, channels), channels,
            epilogue, options)
    }

    private init(
        rows: Int, columns: Int, inputPitch: Int, outputPitch: Int, _ pixels: Int, _ channels: Int,
        _ epilogue: Epilogue, _ options: KernelOptions
    ) {
        self.rows = rows
        self.columns = columns
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.outputPixels = pixels
        self.channels = channels
        let values = EpilogueValues(epilogue, columns: columns)
        self.epilogue = values
        let lowering =
            epilogue.scale != nil ? "scale + shift" : epilogue.ending.activation == .identity ? "clamp" : "activation"
        self.report = KernelReport(lowering, preparedByteCount: values.byteCount)
        self.loops = VectorLoops(options.instructionSet)
        let count = rows * columns
        self.tileCount = streamingTileCount(elements: count, rows: rows == 1 ? count : rows)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let rows = rows == 1 ? 0..<1 : partition(rows, part: tile, of: tileCount)
        let columns = self.rows == 1 ? partition(columns, part: tile, of: tileCount) : 0..<columns
        var own = epilogue.from(columns.lowerBound)
        loops.table.finish(
            operands.floats(1) + rows.lowerBound * outputPitch + columns.lowerBound, outputPitch,
            operands.floats(0) + rows.lowerBound * inputPitch + columns.lowerBound, inputPitch, rows.count,
            columns.count, &own)
    }
}

extension EpilogueKernel: BandKernel {
    var pixelsPerUnit: Int { 1 }
    var isElementwise: Bool { true }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var own = epilogue.from(0)
        // In a single row, all columns have the same values.
        let inputPitch = rows == 1 ? channels : inputPitch
        loops.table.finish(
            target, pitch, operands.floats(0) + units.lowerBound * inputPitch, inputPitch, units.count, channels, &own)
    }
}
