/// A 1x1 convolution that makes the pixels it reads, band by band, by another kernel: a depthwise convolution, a
/// pooling, a normalisation.
///
/// The band stays in the cache, nobody else's core has to fetch it, and one barrier is saved. Every element is computed
/// as the two kernels would, so its bits are theirs.
final class BandedConvolutionKernel: CompositeKernel {
    let tileCount: Int
    let scratchByteCount: Int
    var report: KernelReport {
        let (first, second) = (producer.report, product.report)
        return KernelReport(
            "\(first.lowering), \(second.lowering)", provider: second.provider, reason: second.reason,
            preparedByteCount: first.preparedByteCount + second.preparedByteCount)
    }
    var components: [any Kernel] { [producer, product] }

    private let producer: any BandKernel
    private let product: PackedConvolutionKernel
    /// Floats in front of the band in a worker's scratch: the producer's own.
    private let bandOffset: Int
    private let channels: Int

    /// Bands up to this size stay in the second-level cache beside the weights.
    private static let floatsPerBand = 64 * 1024
    /// Weights that stay there while all bands pass.
    private static let mostWeightFloats = 256 * 1024

    /// Nil where it would be slower: every band reads all weights, so these must fit the cache, and there must be bands
    /// enough to share out.
    init?(_ producer: any BandKernel, _ product: PackedConvolutionKernel) {
        let shape = product.shape
        guard shape.window.isPointwise, shape.groups == 1, shape.inputPitch == shape.inputChannels,
            producer.channels == shape.inputChannels,
            producer.outputPixels == shape.images * shape.window.outputPixels,
            shape.reduction * shape.outputChannels <= BandedConvolutionKernel.mostWeightFloats,
            producer.units > 1
        else { return nil }
        self.producer = producer
        self.product = product
        self.channels = producer.channels
        let floats = producer.outputPixels * channels
        tileCount = PackedTiling.bandCount(
            units: producer.units, macCount: shape.macCount, rowFloats: floats,
            rowFloatsPerTile: BandedConvolutionKernel.floatsPerBand, workers: product.workers)
        bandOffset = (producer.scratchByteCount + 63) / 64 * 16
        let unitsPerBand = (producer.units + tileCount - 1) / tileCount
        scratchByteCount = (bandOffset + unitsPerBand * producer.pixelsPerUnit * channels) * 4
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let units = partition(producer.units, part: tile, of: tileCount)
        let band = scratch.floats + bandOffset
        producer.computeBand(
            units, from: operands.floats(0), to: band, pitch: channels, scratch: scratch.floats)
        product.multiplyPixels(
            units.lowerBound * producer.pixelsPerUnit..<units.upperBound * producer.pixelsPerUnit, at: band, operands)
    }
}
