/// How a convolution's GEMM is cut into tiles: (image, group, block of pixels, block of filters).
///
/// It depends only on the geometry of one image, so that neither threads nor batch change a product's shape, and
/// thereby its bits.
struct ConvolutionTiling: Sendable {
    let pixelBlocks: Int
    let filterBlocks: Int

    /// With fewer rows, OpenBLAS spends too much of a call on packing the weights.
    private static let fewestRows = 96
    /// The amount of work that is worth a tile of its own.
    private static let macsPerTile = 14_000_000
    /// The windows of one tile should stay in the second-level cache.
    private static let largestPatchFloats = 384 * 1024

    init(_ shape: ConvolutionShape) {
        let pixels = max(1, shape.window.outputPixels)
        let filters = max(1, shape.filtersPerGroup)
        let reduction = max(1, shape.reduction)
        if pixels < 2 * ConvolutionTiling.fewestRows {
            // Few pixels, many filters: if the filters are split, every weight is packed only once.
            pixelBlocks = 1
            filterBlocks = pixels * filters * reduction > 2_000_000 && filters >= 64 ? 2 : 1
        } else {
            var rows = max(ConvolutionTiling.macsPerTile / (filters * reduction), ConvolutionTiling.fewestRows)
            if !shape.window.isPointwise {
                rows = min(rows, max(16, ConvolutionTiling.largestPatchFloats / reduction))
            }
            let blocks = (pixels + rows - 1) / rows
            pixelBlocks = blocks > 1 ? (blocks + 1) / 2 * 2 : 2
            filterBlocks = 1
        }
    }

    func pixels(_ block: Int, of shape: ConvolutionShape) -> Range<Int> {
        partition(shape.window.outputPixels, part: block, of: pixelBlocks)
    }

    /// The filters of a block. Blocks start at multiples of 32, which are whole vectors in every instruction set.
    func filters(_ block: Int, of shape: ConvolutionShape) -> Range<Int> {
        let all = shape.filtersPerGroup
        func boundary(_ index: Int) -> Int {
            index == filterBlocks ? all : min(all, (all * index / filterBlocks + 31) / 32 * 32)
        }
        return boundary(block)..<boundary(block + 1)
    }
}
