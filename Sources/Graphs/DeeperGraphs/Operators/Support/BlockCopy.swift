import DeeperKernels
import DeeperTensors

/// The common part of DepthToSpace and SpaceToDepth: the block, and the order of channels in the deep tensor.
struct BlockForm: Sendable {
    let block: Int
    let mode: Mode

    /// The order of the deep tensor's channels: (row in block, column in block, c), or (c, row, column).
    enum Mode: String, CaseIterable {
        case depthColumnRow = "DCR"
        case columnRowDepth = "CRD"
    }

    /// Reads blocksize, 1 to 2^15, and mode.
    init(_ attributes: inout AttributeReader) throws {
        guard let block = try attributes.int("blocksize"), (1...1 << 15).contains(block) else {
            throw DeeperError(.invalidModel, "attribute blocksize is required, 1 to \(1 << 15)")
        }
        self.block = block
        mode = try attributes.choice("mode", default: .depthColumnRow)
    }
}

/// The copy between a deep tensor [n, block * block * c, h, w] and a wide one [n, c, h * block, w * block].
func blockCopy(
    _ name: String, deep: TensorDescriptor, wide: TensorDescriptor, block: Int, mode: BlockForm.Mode, isDeepSource: Bool
) throws -> StridedCopyKernel {
    let (deepStrides, wideStrides) = (deep.strides, wide.strides)
    let channels = wide.shape[1]
    let channelStep = mode == .depthColumnRow ? deepStrides[1] : deepStrides[1] * block * block
    let blockStep = mode == .depthColumnRow ? deepStrides[1] * channels : deepStrides[1]
    // Axes: n, c, h, row in block, w, column in block.
    let extents = [deep.shape[0], channels, deep.shape[2], block, deep.shape[3], block]
    let inDeep = [deepStrides[0], channelStep, deepStrides[2], blockStep * block, deepStrides[3], blockStep]
    let inWide = [
        wideStrides[0], wideStrides[1], wideStrides[2] * block, wideStrides[2], wideStrides[3] * block, wideStrides[3],
    ]
    let region = CopyRegion(
        extents: extents, sourceStrides: isDeepSource ? inDeep : inWide, targetStrides: isDeepSource ? inWide : inDeep)
    return try StridedCopyKernel(name, elementType: deep.elementType, regions: [region])
}
