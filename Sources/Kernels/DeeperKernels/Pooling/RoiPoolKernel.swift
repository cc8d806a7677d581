public import DeeperTensors

/// The largest element in each bin of regions of interest; row-major (ONNX MaxRoiPool, as in Caffe and Fast R-CNN).
///
/// A region (image, x1, y1, x2, y2), scaled and rounded to whole pixels, both ends included and at least one pixel, is
/// cut into P x Q bins; bin (p, q) has rows floor(p h / P) to ceil((p + 1) h / P) of the region's h, columns alike.
/// Positions outside the picture do not count, and an empty bin gives 0.
///
/// Operands: X (images, channels, height, width), regions (count, 5) of X's type, Y (count, channels, P, Q). An image
/// number out of range or a corner that is NaN ends the run with an error. One tile per region.
public final class RoiPoolKernel: SelectiveKernel {
    public var report: KernelReport { KernelReport("region pool") }
    public let tileCount: Int
    private let elementType: ElementType
    private let images: Int, channels: Int, height: Int, width: Int
    private let regions: Int, binRows: Int, binColumns: Int
    private let scale: Float

    /// - Precondition: `elementType` is float32 or float64.
    public init(
        elementType: ElementType, images: Int, channels: Int, height: Int, width: Int, regions: Int, binRows: Int,
        binColumns: Int, scale: Float
    ) {
        precondition(elementType == .float32 || elementType == .float64)
        self.elementType = elementType
        self.images = images
        self.channels = channels
        self.height = height
        self.width = width
        self.regions = regions
        self.binRows = binRows
        self.binColumns = binColumns
        self.scale = scale
        self.tileCount = max(1, regions)
    }

    /// The regions determine which pixels are read: as many as Y has, or at most all.
    public func touchedByteCount(ofOperand index: Int) -> Int? {
        index == 0 ? regions * channels * binRows * binColumns * elementType.byteCount : nil
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < regions else { return }
        if elementType == .float64 {
            pool(tile, operands, Double.self)
        } else {
            pool(tile, operands, Float.self)
        }
    }

    private func pool<Number: BinaryFloatingPoint & NumericElement>(
        _ tile: Int, _ operands: Operands, _: Number.Type
    ) {
        let region = operands[1].assumingMemoryBound(to: Number.self) + tile * 5
        // Far outside the picture, the exact position does not matter.
        let corners = (1..<5).reduce(into: SIMD4<Int>()) { corners, index in
            let corner = (region[index] * Number(scale)).rounded(.toNearestOrAwayFromZero)
            corners[index - 1] = corner.isNaN ? .max : Int(min(max(corner, -0x1p40), 0x1p40))
        }
        let image = region[0]
        guard image >= 0, image < Number(images), image == image.rounded(.down), corners.max() != .max else {
            operands.report(.indexOutOfRange)
            return
        }
        let pixels = height * width
        let x = operands[0].assumingMemoryBound(to: Number.self) + Int(image) * channels * pixels
        let y = operands[2].assumingMemoryBound(to: Number.self) + tile * channels * binRows * binColumns
        for row in 0..<binRows {
            let rows = bin(row, of: binRows, Number.self, from: corners[1], to: corners[3], extent: height)
            for column in 0..<binColumns {
                let columns = bin(column, of: binColumns, Number.self, from: corners[0], to: corners[2], extent: width)
                for channel in 0..<channels {
                    y[(channel * binRows + row) * binColumns + column] = largest(x + channel * pixels, rows, columns)
                }
            }
        }
    }

    /// The rows or columns of a bin that are in the picture.
    private func bin<Number: BinaryFloatingPoint>(
        _ index: Int, of count: Int, _: Number.Type, from start: Int, to end: Int, extent: Int
    ) -> Range<Int> {
        let step = Number(max(1, end - start + 1)) / Number(count)
        let lower = Int((Number(index) * step).rounded(.down)) + start
        let upper = Int((Number(index + 1) * step).rounded(.up)) + start
        let first = min(max(lower, 0), extent)
        return first..<max(first, min(max(upper, 0), extent))
    }

    private func largest<Number: BinaryFloatingPoint>(
        _ plane: UnsafePointer<Number>, _ rows: Range<Int>, _ columns: Range<Int>
    ) -> Number {
        guard !rows.isEmpty, !columns.isEmpty else { return 0 }
        var best = -Number.infinity
        for row in rows {
            for column in columns {
                let value = plane[row * width + column]
                // Once `best` is NaN, no number is above it.
                if value > best || value.isNaN { best = value }
            }
        }
        return best
    }
}
