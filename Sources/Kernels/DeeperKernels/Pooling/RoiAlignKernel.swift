public import DeeperTensors

/// The average or maximum of interpolated samples in each bin of regions of interest; row-major (ONNX RoiAlign).
///
/// A region (x1, y1, x2, y2), scaled and perhaps shifted by half a pixel, is cut into P x Q bins, and samples are
/// spread evenly over each. A sample is interpolated between its four neighbours; beyond one pixel outside the picture
/// it is 0. As in ONNX's reference implementation and ONNX Runtime, the maximum is that of the neighbours times their
/// weights, not of the interpolated samples.
///
/// Operands: X (images, channels, height, width), regions (count, 4) of X's type, numbers of images (int64), Y
/// (count, channels, P, Q). An image number out of range ends the run with an error. One tile per region.
public final class RoiAlignKernel: SelectiveKernel {
    /// How regions are sampled.
    public struct Sampling: Sendable {
        var scale: Float
        var isShifted: Bool
        var samplesPerAxis: Int
        var takesMaximum: Bool

        /// - Parameters:
        ///   - scale: the number of pixels of X per unit of the regions.
        ///   - isShifted: whether pixel centres are at half-integer positions, so that regions are shifted by -0.5;
        ///     otherwise regions are at least one pixel wide and high.
        ///   - samplesPerAxis: the number of samples of a bin along each axis; 0 means the bin's extent in pixels,
        ///     rounded up.
        public init(scale: Float, isShifted: Bool, samplesPerAxis: Int, takesMaximum: Bool) {
            self.scale = scale
            self.isShifted = isShifted
            self.samplesPerAxis = samplesPerAxis
            self.takesMaximum = takesMaximum
        }
    }

    public var report: KernelReport { KernelReport("region align") }
    public let tileCount: Int
    private let sampling: Sampling
    private let elementType: ElementType
    private let images: Int, channels: Int, height: Int, width: Int
    private let regions: Int, binRows: Int, binColumns: Int

    /// - Precondition: `elementType` is float32 or float64; the picture has pixels.
    public init(
        _ sampling: Sampling, elementType: ElementType, images: Int, channels: Int, height: Int, width: Int,
        regions: Int, binRows: Int, binColumns: Int
    ) {
        precondition(elementType == .float32 || elementType == .float64)
        precondition(height > 0 && width > 0)
        self.sampling = sampling
        self.elementType = elementType
        self.images = images
        self.channels = channels
        self.height = height
        self.width = width
        self.regions = regions
        self.binRows = binRows
        self.binColumns = binColumns
        self.tileCount = max(1, regions)
    }

    /// The regions determine which pixels are read: as many as Y has, or at most all.
    public func touchedByteCount(ofOperand index: Int) -> Int? {
        index == 0 ? regions * channels * binRows * binColumns * elementType.byteCount : nil
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < regions else { return }
        if elementType == .float64 {
            align(tile, operands, Double.self)
        } else {
            align(tile, operands, Float.self)
        }
    }

    private func align<Number: BinaryFloatingPoint & NumericElement>(
        _ tile: Int, _ operands: Operands, _: Number.Type
    ) {
        let image = Int(operands[2].assumingMemoryBound(to: Int64.self)[tile])
        guard image >= 0, image < images else {
            operands.report(.indexOutOfRange)
            return
        }
        let region = operands[1].assumingMemoryBound(to: Number.self) + tile * 4
        let vertical = RegionAxis(region[1], region[3], bins: binRows, extent: height, sampling)
        let horizontal = RegionAxis(region[0], region[2], bins: binColumns, extent: width, sampling)
        let x = operands[0].assumingMemoryBound(to: Number.self) + image * channels * height * width
        let y = operands[3].assumingMemoryBound(to: Number.self) + tile * channels * binRows * binColumns
        for row in 0..<binRows {
            for column in 0..<binColumns {
                align(x, vertical, row, horizontal, column, y + row * binColumns + column)
            }
        }
    }

    /// Computes one bin in all channels.
    private func align<Number: BinaryFloatingPoint>(
        _ x: UnsafePointer<Number>, _ vertical: RegionAxis<Number>, _ row: Int, _ horizontal: RegionAxis<Number>,
        _ column: Int, _ y: UnsafeMutablePointer<Number>
    ) {
        let (pixels, bins) = (height * width, binRows * binColumns)
        for channel in 0..<channels { y[channel * bins] = 0 }
        var inside = 0
        for rowSample in vertical.samples(in: row) {
            guard let (top, bottom, down) = vertical.neighbours(row, rowSample) else { continue }
            for columnSample in horizontal.samples(in: column) {
                guard let (left, right, across) = horizontal.neighbours(column, columnSample) else { continue }
                let upperLeft = (1 - down) * (1 - across), upperRight = (1 - down) * across
                let lowerLeft = down * (1 - across), lowerRight = down * across
                for channel in 0..<channels {
                    let upper = x + channel * pixels + top * width
                    let lower = x + channel * pixels + bottom * width
                    let (a, b) = (upperLeft * upper[left], upperRight * upper[right])
                    let (c, d) = (lowerLeft * lower[left], lowerRight * lower[right])
                    let old = y[channel * bins]
                    if sampling.takesMaximum {
                        let largest = larger(larger(a, b), larger(c, d))
                        y[channel * bins] = inside == 0 ? largest : larger(old, largest)
                    } else {
                        y[channel * bins] = old + (a + b + c + d)
                    }
                }
                inside += 1
            }
        }
        guard inside > 0 else { return }
        let samples = vertical.sampleCount * horizontal.sampleCount
        if !sampling.takesMaximum {
            for channel in 0..<channels { y[channel * bins] /= samples }
        } else if Number(inside) < samples {
            // Samples outside the picture are 0.
            for channel in 0..<channels { y[channel * bins] = larger(y[channel * bins], 0) }
        }
    }

    /// The larger number; NaN if either is NaN.
    @inline(__always)
    private func larger<Number: BinaryFloatingPoint>(_ a: Number, _ b: Number) -> Number {
        a > b || a.isNaN ? a : b
    }
}

/// The samples of a region along one axis.
private struct RegionAxis<Number: BinaryFloatingPoint> {
    private let start: Number
    private let bin: Number
    private let extent: Int
    private let isAdaptive: Bool
    /// The number of samples of one bin, not positive for a region without extent.
    let sampleCount: Number

    init(_ lower: Number, _ upper: Number, bins: Int, extent: Int, _ sampling: RoiAlignKernel.Sampling) {
        let shift: Number = sampling.isShifted ? 0.5 : 0
        start = lower * Number(sampling.scale) - shift
        let length = upper * Number(sampling.scale) - shift - start
        bin = (sampling.isShifted || length.isNaN ? length : max(length, 1)) / Number(bins)
        self.extent = extent
        isAdaptive = sampling.samplesPerAxis == 0
        sampleCount = isAdaptive ? bin.rounded(.up) : Number(sampling.samplesPerAxis)
    }

    private func position(_ index: Int, _ sample: Int) -> Number {
        start + Number(index) * bin + (Number(sample) + 0.5) * bin / sampleCount
    }

    /// The samples of a bin, without those far outside the picture, because a region may be arbitrarily large.
    func samples(in index: Int) -> Range<Int> {
        guard sampleCount > 0 else { return 0..<0 }
        guard isAdaptive else { return 0..<Int(sampleCount) }
        let step = Double(bin) / Double(sampleCount)
        let first = Double(start) + Double(index) * Double(bin)
        let lower = max(0, ((-1 - first) / step - 2).rounded(.down))
        let upper = min(Double(sampleCount), ((Double(extent) - first) / step + 2).rounded(.up))
        // This also fails if one of them is NaN.
        guard lower < upper, upper < 0x1p52 else { return 0..<0 }
        return Int(lower)..<Int(upper)
    }

    /// The pixels on both sides of a sample and its distance from the first; nil if it is more than one pixel outside
    /// the picture.
    func neighbours(_ index: Int, _ sample: Int) -> (first: Int, second: Int, distance: Number)? {
        let position = position(index, sample)
        guard position >= -1, position <= Number(extent) else { return nil }
        let inside = max(position, 0)
        let first = Int(inside)
        guard first < extent - 1 else { return (extent - 1, extent - 1, 0) }
        return (first, first + 1, inside - Number(first))
    }
}
