internal import CDeeperKernels
internal import DeeperTensors

/// Y = epilogue(X) over channels-last float32 operands: an activation or a batch normalisation that no kernel in front of it
/// takes over.
public final class EpilogueKernel: Kernel {
    public let report: KernelReport
    public let tileCount: Int
    private let pixels: Int
    let channels: Int
    private let inputPitch: Int, outputPitch: Int
    private let epilogue: EpilogueValues
    private let loops: VectorLoops

    /// - Parameters:
    ///   - pixels: images times spatial positions.
    ///   - inputPitch, outputPitch: floats from one pixel to the next, at least `channels`.
    public init(
        pixels: Int, channels: Int, inputPitch: Int, outputPitch: Int, _ epilogue: Epilogue, options: KernelOptions
    ) {
        self.pixels = pixels
        self.channels = channels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        let values = EpilogueValues(epilogue, columns: channels)
        self.epilogue = values
        let lowering =
            epilogue.scale != nil ? "scale + shift" : epilogue.ending.activation == .identity ? "clamp" : "activation"
        self.report = KernelReport(lowering, preparedByteCount: values.byteCount)
        self.loops = VectorLoops(options.instructionSet)
        let count = pixels * channels
        self.tileCount = streamingTileCount(elements: count, rows: pixels == 1 ? count : pixels)
    }

    /// For operands whose elements lie at the same offsets: one pixel.
    public convenience init(count: Int, _ epilogue: Epilogue, options: KernelOptions) {
        self.init(
            pixels: 1, channels: count, inputPitch: count, outputPitch: count, epilogue, options: options)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let rows = pixels == 1 ? 0..<1 : partition(pixels, part: tile, of: tileCount)
        let columns = pixels == 1 ? partition(channels, part: tile, of: tileCount) : 0..<channels
        var own = epilogue.from(columns.lowerBound)
        loops.table.finish(
            operands.floats(1) + rows.lowerBound * outputPitch + columns.lowerBound, outputPitch,
            operands.floats(0) + rows.lowerBound * inputPitch + columns.lowerBound, inputPitch, rows.count,
            columns.count, &own)
    }
}

extension EpilogueKernel: BandKernel {
    var outputPixels: Int { pixels }
    var pixelsPerUnit: Int { 1 }
    var isElementwise: Bool { true }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var own = epilogue.from(0)
        loops.table.finish(
            target, pitch, operands.floats(0) + units.lowerBound * inputPitch, inputPitch, units.count, channels, &own)
    }
}
