/// A kernel of one output that can be made a band of pixels at a time, for a kernel that reads it while it is in the cache.
protocol BandKernel: Kernel {
    /// Pixels of the output, those of all images, and floats of each.
    var outputPixels: Int { get }
    var channels: Int { get }
    /// Pixels that are computed together: a row of windows, or one.
    var pixelsPerUnit: Int { get }
    /// The operands that it reads; they are the first.
    var readCount: Int { get }
    /// Computes `units` of the output.
    ///
    /// - Parameters:
    ///   - operands: what the kernel reads, whole.
    ///   - target: the band's first pixel; pixels lie `pitch` floats apart.
    ///   - scratch: `scratchByteCount(ofBand:)` bytes.
    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>)
    /// Whether this one can do so.
    var makesBands: Bool { get }
    /// Private memory for a band of so many units.
    func scratchByteCount(ofBand units: Int) -> Int
    /// Whether making an element costs little more than reading one.
    var isElementwise: Bool { get }
    /// Multiply-adds for one element of the output; 0 where it costs next to nothing to make one twice.
    var macsPerElement: Int { get }
    /// Multiply-accumulates that a formula counts for one.
    var formulaMacsPerElement: Int { get }
}

extension BandKernel {
    var units: Int { outputPixels / max(1, pixelsPerUnit) }
    var readCount: Int { 1 }
    var makesBands: Bool { true }
    var isElementwise: Bool { false }
    var macsPerElement: Int { 0 }
    var formulaMacsPerElement: Int { macsPerElement }

    func scratchByteCount(ofBand units: Int) -> Int { scratchByteCount }

    /// Computes a tile of the kernel by itself, into the operand after those that it reads.
    func computeTile(_ tile: Int, _ operands: Operands, _ scratch: Scratch, pitch: Int) {
        let range = partition(units, part: tile, of: tileCount)
        computeBand(
            range, of: operands, to: operands.floats(readCount) + range.lowerBound * pixelsPerUnit * pitch,
            pitch: pitch, scratch: scratch.floats)
    }
}
