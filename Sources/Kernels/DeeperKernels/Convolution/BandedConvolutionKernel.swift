/// A 1x1 convolution joined with the kernel that makes its input, which computes one band of pixels at a time. That
/// kernel may be a depthwise convolution, a pooling, a normalisation, an activation, or a product with a gate for every
/// channel.
///
/// The band stays in the cache of one core, and one barrier is saved. Every element is computed as by the two separate
/// kernels, so the bits are the same.
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
    /// Floats before the band in a worker's scratch: the producer's own scratch.
    private let bandOffset: Int
    private let channels: Int
    private let bands: Int
    /// The number of parts that the filters are cut into; the band is computed again for each.
    private let panelBlocks: Int

    /// Bands up to this size stay in the second-level cache together with the weights.
    private static let floatsPerBand = 64 * 1024
    /// The largest number of weights that stay there for all bands.
    private static let mostWeightFloats = 256 * 1024

    /// Returns nil if it would be slower: every band reads all weights, so these must fit the cache, and there must be
    /// enough bands for all workers. For a small picture whose pixels cost almost nothing to compute again, the filters
    /// are divided among the workers instead.
    init?(_ producer: any BandKernel, _ product: PackedConvolutionKernel) {
        let shape = product.shape
        guard shape.window.isPointwise, shape.groups == 1, shape.inputPitch == shape.inputChannels,
            producer.channels == shape.inputChannels,
            producer.outputPixels == shape.images * shape.window.outputPixels, producer.units > 1
        else { return nil }
        self.producer = producer
        self.product = product
        self.channels = producer.channels
        let floats = producer.outputPixels * channels
        let weightFloats = shape.reduction * shape.outputChannels
        if producer.isElementwise, floats < weightFloats, floats <= BandedConvolutionKernel.floatsPerBand {
            bands = 1
            panelBlocks = PackedTiling.bandCount(
                units: product.filters.groups[0].count, macCount: shape.macCount, rowFloats: 0, rowFloatsPerTile: 1,
                workers: product.workers)
        } else {
            guard weightFloats <= BandedConvolutionKernel.mostWeightFloats else { return nil }
            bands = PackedTiling.bandCount(
                units: producer.units, macCount: shape.macCount, rowFloats: floats,
                rowFloatsPerTile: BandedConvolutionKernel.floatsPerBand, workers: product.workers)
            panelBlocks = 1
        }
        tileCount = bands * panelBlocks
        bandOffset = (producer.scratchByteCount + 63) / 64 * 16
        let unitsPerBand = (producer.units + bands - 1) / bands
        scratchByteCount = (bandOffset + unitsPerBand * producer.pixelsPerUnit * channels) * 4
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let units = partition(producer.units, part: tile / panelBlocks, of: bands)
        let band = scratch.floats + bandOffset
        producer.computeBand(units, of: operands, to: band, pitch: channels, scratch: scratch.floats)
        product.multiplyPixels(
            units.lowerBound * producer.pixelsPerUnit..<units.upperBound * producer.pixelsPerUnit, at: band,
            by: (tile % panelBlocks, panelBlocks), operands.dropping(producer.readCount - 1))
    }
}
