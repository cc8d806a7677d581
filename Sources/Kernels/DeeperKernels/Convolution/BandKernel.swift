/// A kernel with one output that can be computed one band of pixels at a time, for another kernel that reads each band
/// while it is in the cache.
protocol BandKernel: Kernel {
    /// The number of pixels of the output, counted over all images; `channels` is the number of floats of each.
    var outputPixels: Int { get }
    var channels: Int { get }
    /// The number of pixels that are computed together (a unit): a row of windows, or one pixel.
    var pixelsPerUnit: Int { get }
    /// The number of operands that it reads, which come first.
    var readCount: Int { get }
    /// Computes `units` of the output.
    ///
    /// - Parameters:
    ///   - operands: the kernel's operands, whole.
    ///   - target: the band's first pixel; pixels are `pitch` floats apart.
    ///   - scratch: `scratchByteCount(ofBand:)` bytes.
    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>)
    /// Whether this particular kernel can compute bands.
    var makesBands: Bool { get }
    /// The private memory, in bytes, for a band of `units` units.
    func scratchByteCount(ofBand units: Int) -> Int
    /// Whether computing an element costs little more than reading one.
    var isElementwise: Bool { get }
    /// Multiply-adds for one element of the output; 0 if computing an element twice costs next to nothing.
    var macsPerElement: Int { get }
    /// Multiply-accumulates of one element of the output by the formula.
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

    /// Computes a tile of the kernel when it runs by itself. The result goes to the operand after those that it reads.
    func computeTile(_ tile: Int, _ operands: Operands, _ scratch: Scratch, pitch: Int) {
        let range = partition(units, part: tile, of: tileCount)
        computeBand(
            range, of: operands, to: operands.floats(readCount) + range.lowerBound * pixelsPerUnit * pitch,
            pitch: pitch, scratch: scratch.floats)
    }
}
