/// A pooling joined with the kernel that makes its input, such as a convolution or a normalisation, which computes one
/// band of rows at a time.
///
/// The producer's result never leaves the cache and needs no place in the arena. Bands overlap, so some rows are
/// computed twice, with the same bits.
final class BandedPoolKernel: CompositeKernel {
    let tileCount: Int
    let scratchByteCount: Int
    var report: KernelReport {
        let first = producer.report
        return KernelReport(
            "\(first.lowering), \(pool.report.lowering)", provider: first.provider, reason: first.reason,
            preparedByteCount: first.preparedByteCount)
    }
    var components: [any Kernel] { [producer, pool] }

    private let producer: any BandKernel
    private let pool: PoolKernel
    /// Floats before the band in a worker's scratch, which both kernels use, one after the other.
    private let bandOffset: Int
    private let channels: Int

    /// Bands up to this size stay in the second-level cache.
    private static let floatsPerBand = 112 * 1024
    /// The smallest number of bands to divide among the workers.
    private static let leastBands = 8
    /// The largest number of weights that stay there for all bands.
    private static let mostWeightFloats = 256 * 1024
    /// The number of multiply-adds in the time that it takes to write an element to memory beyond the second-level
    /// cache and read it back.
    private static let macsPerTransfer = 32

    /// Returns nil if it would be slower: rows that two bands share are computed in both.
    init?(_ producer: any BandKernel, _ pool: PoolKernel) {
        let window = pool.window
        let lines = pool.images * window.output[1]
        let row = window.input[2] * producer.channels
        guard pool.isByRows, pool.inputPitch == producer.channels, pool.channels == producer.channels,
            producer.outputPixels == pool.images * window.inputPixels, row > 0, window.input[1] > 0,
            window.input[2] % producer.pixelsPerUnit == 0
        else { return nil }
        let rowsPerBand = BandedPoolKernel.floatsPerBand / row
        let linesPerBand = min(
            lines / BandedPoolKernel.leastBands, (rowsPerBand - window.kernel[1]) / window.stride[1] + 1)
        guard rowsPerBand >= window.kernel[1], linesPerBand > 0 else { return nil }
        let bands = (lines + linesPerBand - 1) / linesPerBand
        let tileCount = min(lines, PackedTiling.multiple(of: pool.workers, from: bands))
        let rows = (0..<tileCount).map { pool.inputRows(of: partition(lines, part: $0, of: tileCount)).count }
        let unitsPerRow = window.input[2] / producer.pixelsPerUnit
        let all = pool.images * window.input[1]
        let twice = max(0, rows.reduce(0, +) - all)
        guard 4 * twice <= all, twice * producer.macsPerElement <= all * BandedPoolKernel.macsPerTransfer,
            producer.macsPerElement * producer.channels <= BandedPoolKernel.mostWeightFloats
        else { return nil }
        let mostRows = rows.max() ?? 0
        self.producer = producer
        self.pool = pool
        self.channels = producer.channels
        self.tileCount = tileCount
        let before = max(producer.scratchByteCount(ofBand: mostRows * unitsPerRow), pool.scratchByteCount)
        bandOffset = (before + 63) / 64 * 16
        scratchByteCount = (bandOffset + mostRows * row) * 4
    }

    func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = pool.window
        let lines = partition(pool.images * window.output[1], part: tile, of: tileCount)
        let rows = pool.inputRows(of: lines)
        let band = scratch.floats + bandOffset
        let unitsPerRow = window.input[2] / producer.pixelsPerUnit
        if let meter = (producer as? any MeteredKernel)?.meter { count(rows, ofTile: tile, meter) }
        producer.computeBand(
            rows.lowerBound * unitsPerRow..<rows.upperBound * unitsPerRow, of: operands, to: band,
            pitch: channels, scratch: scratch.floats)
        pool.computeRows(
            lines, band, firstRow: rows.lowerBound,
            operands.floats(producer.readCount) + lines.lowerBound * window.output[2] * pool.outputPitch,
            pool.outputPitch,
            scratch.floats)
    }

    /// Counts the rows that the previous tile also computes, and those that no window reads.
    private func count(_ rows: Range<Int>, ofTile tile: Int, _ meter: OperationMeter) {
        let lines = pool.images * pool.window.output[1]
        let end = tile == 0 ? 0 : pool.inputRows(of: partition(lines, part: tile - 1, of: tileCount)).upperBound
        let behind = tile == tileCount - 1 ? pool.images * pool.window.input[1] - rows.upperBound : 0
        let macs = pool.window.input[2] * channels * producer.formulaMacsPerElement
        meter.add {
            $0.repeatedMacs += max(0, end - rows.lowerBound) * macs
            $0.skippedMacs += (max(0, rows.lowerBound - end) + behind) * macs
        }
    }
}
