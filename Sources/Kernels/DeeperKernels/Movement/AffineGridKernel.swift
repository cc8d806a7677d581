public import DeeperTensors

/// Y[n, p, i] = the sum over j of theta[n, i, j] x_j + theta[n, i, r], where x_j is the position of pixel p along
/// axis j, the innermost axis first, from -1 to 1; row-major (ONNX AffineGrid). Computed in float64.
///
/// Operands: theta (images, r, r + 1), Y (images, pixels, r).
public final class AffineGridKernel: Kernel {
    public var report: KernelReport { KernelReport("affine grid") }
    public let tileCount: Int
    private let elementType: ElementType
    private let images: Int, pixels: Int
    private let extents: [Int]
    private let alignsCorners: Bool

    /// - Parameters:
    ///   - extents: the r extents of the grid.
    ///   - alignsCorners: whether -1 and 1 are the centres of the outermost pixels; otherwise they are their outer
    ///     edges.
    /// - Precondition: `elementType` is float32 or float64.
    public init(elementType: ElementType, images: Int, extents: [Int], alignsCorners: Bool) {
        precondition(elementType == .float32 || elementType == .float64)
        self.elementType = elementType
        self.images = images
        self.pixels = extents.reduce(1, *)
        self.extents = extents
        self.alignsCorners = alignsCorners
        self.tileCount = streamingTileCount(elements: images * pixels * extents.count, rows: images * pixels)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let places = partition(images * pixels, part: tile, of: tileCount)
        if elementType == .float64 {
            place(places, operands, Double.self)
        } else {
            place(places, operands, Float.self)
        }
    }

    private func place<Element: NumericElement>(_ places: Range<Int>, _ operands: Operands, _: Element.Type) {
        let rank = extents.count
        for place in places {
            let theta =
                operands[0].assumingMemoryBound(to: Element.self) + place / pixels * rank * (rank + 1)
            let y = operands[1].assumingMemoryBound(to: Element.self) + place * rank
            for row in 0..<rank {
                var sum = theta[row * (rank + 1) + rank].double
                var rest = place % pixels
                for column in 0..<rank {
                    let extent = extents[rank - 1 - column]
                    sum += theta[row * (rank + 1) + column].double * position(rest % extent, extent)
                    rest /= extent
                }
                y[row] = Element(saturating: sum)
            }
        }
    }

    /// The position of a pixel; a single pixel is in the middle.
    private func position(_ index: Int, _ extent: Int) -> Double {
        guard extent > 1 else { return 0 }
        return alignsCorners
            ? Double(2 * index) / Double(extent - 1) - 1 : Double(2 * index + 1) / Double(extent) - 1
    }
}
