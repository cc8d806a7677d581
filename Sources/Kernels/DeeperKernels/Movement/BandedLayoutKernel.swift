internal import CDeeperKernels

/// A kernel with a channels-last result, joined with the conversion to row-major, for outputs of the model. The result
/// is computed band by band.
///
/// The bands stay in the cache; the result is never written channels-last.
final class BandedLayoutKernel: CompositeKernel {
    let tileCount: Int
    let scratchByteCount: Int
    var report: KernelReport {
        let first = producer.report
        return KernelReport(
            "\(first.lowering), row-major", provider: first.provider, reason: first.reason,
            preparedByteCount: first.preparedByteCount, convolution: first.convolution,
            multiplied: first.multiplied)
    }
    var components: [any Kernel] { [producer] }

    private let producer: any BandKernel
    /// The pixels of one image.
    private let pixels: Int
    /// Floats before the band in a worker's scratch: the producer's own scratch.
    private let bandOffset: Int
    private let loops: VectorLoops

    /// Bands up to this size stay in the second-level cache.
    private static let floatsPerBand = 32 * 1024
    /// The largest number of weights that stay there for all bands.
    private static let mostWeightFloats = 128 * 1024

    /// Returns nil if it would be slower: every band reads all weights.
    init?(_ producer: any BandKernel, images: Int, pixels: Int, channels: Int) {
        guard producer.makesBands, producer.channels == channels, producer.outputPixels == images * pixels,
            producer.units > 1, producer.macsPerElement * channels <= BandedLayoutKernel.mostWeightFloats
        else { return nil }
        self.producer = producer
        self.pixels = pixels
        tileCount = PackedTiling.bandCount(
            units: producer.units, macCount: producer.outputPixels * channels * producer.macsPerElement,
            rowFloats: producer.outputPixels * channels, rowFloatsPerTile: BandedLayoutKernel.floatsPerBand, workers: 1)
        let units = (producer.units + tileCount - 1) / tileCount
        bandOffset = (producer.scratchByteCount(ofBand: units) + 63) / 64 * 16
        scratchByteCount = (bandOffset + units * producer.pixelsPerUnit * channels) * 4
        loops = VectorLoops(.best)
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let units = partition(producer.units, part: tile, of: tileCount)
        let (band, channels) = (scratch.floats + bandOffset, producer.channels)
        producer.computeBand(units, of: operands, to: band, pitch: channels, scratch: scratch.floats)
        let target = operands.floats(producer.readCount)
        let first = units.lowerBound * producer.pixelsPerUnit
        var pixel = first
        while pixel < units.upperBound * producer.pixelsPerUnit {
            let (image, start) = (pixel / pixels, pixel % pixels)
            let count = min(pixels - start, units.upperBound * producer.pixelsPerUnit - pixel)
            loops.table.transpose(
                target + image * pixels * channels + start, pixels, band + (pixel - first) * channels, channels, count,
                channels)
            pixel += count
        }
    }
}
