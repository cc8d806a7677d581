import DeeperKernels
import DeeperTensors

/// Which elements of a tensor share a scale: all, those with the same position along an axis, or a block of these
/// (ONNX's QuantizeLinear and DequantizeLinear).
struct QuantizationAxes: Sendable {
    private let axis: Int
    private let blockSize: Int

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: 1)
        blockSize = attributes.opset >= 21 ? try attributes.int("block_size", default: 0) : 0
        guard (0...Int(Int32.max)).contains(blockSize) else {
            throw DeeperError(.invalidModel, "attribute block_size is \(blockSize), expected 0 to 2^31 - 1")
        }
    }

    var summary: String { blockSize > 0 ? "axis \(axis), blocks of \(blockSize)" : "" }
    /// Whether there are blocks, which need row-major operands.
    var isBlocked: Bool { blockSize > 0 }

    /// - Throws: `invalidModel` if a scale's shape does not fit; `unsupported` for blocks that do not fill the axis.
    func check(scale: DeeperTensors.Shape, of x: DeeperTensors.Shape) throws {
        if scale.elementCount == 1, scale.rank <= 1 { return }
        guard !isBlocked else { return try checkBlocks(scale, of: x) }
        guard scale.rank == 1 else {
            throw DeeperError(.invalidModel, "the scale has shape \(scale), expected one number or one axis")
        }
        let axis = try resolveAxis(axis, rank: x.rank)
        guard scale[0] == x[axis] else {
            throw DeeperError(
                .invalidModel, "the scale has shape \(scale), axis \(axis) of \(x) has \(x[axis]) entries")
        }
    }

    private func checkBlocks(_ scale: DeeperTensors.Shape, of x: DeeperTensors.Shape) throws {
        let axis = try resolveAxis(axis, rank: x.rank)
        var expected = x.dimensions
        expected[axis] = (x[axis] + blockSize - 1) / blockSize
        guard scale.dimensions == expected else {
            throw DeeperError(
                .invalidModel,
                "the scale has shape \(scale), expected \(expected) for blocks of \(blockSize) along axis \(axis) of \(x)"
            )
        }
        guard x[axis] % blockSize == 0 else {
            throw DeeperError(
                .unsupported, "blocks of \(blockSize) along axis \(axis) of \(x): the last one is not whole")
        }
    }

    /// The loops over X, its scale, its zero point and Y.
    func nest(_ x: TensorDescriptor, scale: DeeperTensors.Shape, to y: TensorDescriptor) throws -> LoopNest {
        let order = y.layout.physicalAxes(rank: y.shape.rank)
        if scale.elementCount == 1, scale.rank <= 1 {
            let none = Array(repeating: 0, count: x.shape.rank)
            return try LoopNest.make(
                extents: x.shape.dimensions, strides: [x.strides, none, none, y.strides], order: order)
        }
        let axis = try resolveAxis(axis, rank: x.shape.rank)
        guard isBlocked else {
            var steps = Array(repeating: 0, count: x.shape.rank)
            steps[axis] = 1
            return try LoopNest.make(
                extents: x.shape.dimensions, strides: [x.strides, steps, steps, y.strides], order: order)
        }
        let outer = x.shape.dimensions[..<axis].reduce(1, *), inner = x.shape.dimensions[(axis + 1)...].reduce(1, *)
        let blocks = scale[axis]
        let own = [blocks * inner, inner, 0, 1]
        let elements = [blocks * blockSize * inner, blockSize * inner, inner, 1]
        return try LoopNest.make(
            extents: [outer, blocks, blockSize, inner], strides: [elements, own, own, elements])
    }
}
