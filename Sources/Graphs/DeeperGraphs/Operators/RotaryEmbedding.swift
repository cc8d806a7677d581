import DeeperKernels
import DeeperTensors

/// ONNX RotaryEmbedding: pairs of elements of every row of [N, heads, rows, width] or [N, rows, heads width] rotated by
/// the angles of its position.
struct RotaryEmbedding: Operator {
    static let name = "RotaryEmbedding"
    static let firstOpset = 23
    static let inputCount = 3...4
    private let isInterleaved: Bool
    private let rotatedWidth: Int
    private let heads: Int

    init(_ attributes: inout AttributeReader) throws {
        isInterleaved = try attributes.flag("interleaved")
        rotatedWidth = try attributes.int("rotary_embedding_dim", default: 0)
        heads = try attributes.int("num_heads", default: 0)
    }

    /// - Parameter ids: the shape of the positions, nil if there are none.
    private func form(
        _ x: DeeperTensors.Shape, _ cosines: DeeperTensors.Shape, _ sines: DeeperTensors.Shape,
        _ ids: DeeperTensors.Shape?
    ) throws -> RotaryKernel.Form {
        let heads = x.rank == 4 ? x[1] : heads
        guard x.rank == 3 || x.rank == 4, heads > 0 || x.rank == 4, x.rank == 4 || x[2] % heads == 0 else {
            throw DeeperError(.invalidModel, "X has shape \(x) for \(heads) heads")
        }
        let width = x.rank == 4 ? x[3] : x[2] / heads
        let rows = x.rank == 4 ? x[2] : x[1]
        let rotated = rotatedWidth == 0 ? width : rotatedWidth
        guard rotated >= 0, rotated <= width, rotated % 2 == 0 else {
            throw DeeperError(.invalidModel, "\(rotated) elements of \(width) cannot be rotated in pairs")
        }
        let pairs = rotated / 2
        if let ids, ids.dimensions != [x[0], rows] {
            throw DeeperError(.invalidModel, "positions have shape \(ids), expected [\(x[0]), \(rows)]")
        }
        let expected = ids == nil ? [x[0], rows, pairs] : [cosines.dimensions.first ?? 0, pairs]
        guard cosines.dimensions == expected, sines == cosines else {
            throw DeeperError(
                .invalidModel, "cosines and sines have shapes \(cosines) and \(sines), expected \(expected)")
        }
        return RotaryKernel.Form(
            images: x[0], heads: heads, rows: rows, width: width, pairs: pairs, isInterleaved: x.rank == 3,
            hasNeighbours: isInterleaved, positions: ids == nil ? nil : expected[0])
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        _ = try form(
            x, inputs.shape(1, .float32), inputs.shape(2, .float32), inputs.has(3) ? inputs.shape(3, .int64) : nil)
        return [TensorType(.float32, x)]
    }

    /// Four products and two sums for each pair.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        guard let pairs = inputs[1]?.shape.dimensions.last, shape.rank == 4 || heads > 0 else {
            return OperationCount()
        }
        let rows = shape.rank == 4 ? shape.dimensions[..<3].reduce(1, *) : saturatingProduct(shape[0], shape[1], heads)
        return OperationCount(elementwise: saturatingProduct(6, rows, pairs))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let hasPositions = request.hasInput(3)
        let form = try form(
            request.input(0).shape, request.input(1).shape, request.input(2).shape,
            hasPositions ? request.input(3).shape : nil)
        return .kernel(RotaryKernel(form), inputs: hasPositions ? [0, 1, 2, 3] : [0, 1, 2])
    }
}
