/// A kernel of one input and one output whose output can be made a band of pixels at a time, for a kernel that reads
/// it while it is in the cache.
protocol BandKernel: Kernel {
    /// Pixels of the output, those of all images, and floats of each.
    var outputPixels: Int { get }
    var channels: Int { get }
    /// Pixels that are computed together: a row of windows, or one.
    var pixelsPerUnit: Int { get }
    /// Computes `units` of the output.
    ///
    /// - Parameters:
    ///   - source: the whole input.
    ///   - target: the band's first pixel; pixels lie `pitch` floats apart.
    ///   - scratch: `scratchByteCount(ofBand:)` bytes.
    func computeBand(
        _ units: Range<Int>, from source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>)
    /// Whether this one can do so.
    var makesBands: Bool { get }
    /// Private memory for a band of so many units.
    func scratchByteCount(ofBand units: Int) -> Int
    /// Multiply-adds for one element of the output; 0 where it costs next to nothing to make one twice.
    var macsPerElement: Int { get }
    /// Multiply-accumulates that a formula counts for one.
    var formulaMacsPerElement: Int { get }
}

extension BandKernel {
    var units: Int { outputPixels / max(1, pixelsPerUnit) }
    var makesBands: Bool { true }
    var macsPerElement: Int { 0 }
    var formulaMacsPerElement: Int { macsPerElement }

    func scratchByteCount(ofBand units: Int) -> Int { scratchByteCount }

    /// Computes a tile of the kernel by itself, into operand 1.
    func computeTile(_ tile: Int, _ operands: Operands, _ scratch: Scratch, pitch: Int) {
        let range = partition(units, part: tile, of: tileCount)
        computeBand(
            range, from: operands.floats(0), to: operands.floats(1) + range.lowerBound * pixelsPerUnit * pitch,
            pitch: pitch, scratch: scratch.floats)
    }
}
