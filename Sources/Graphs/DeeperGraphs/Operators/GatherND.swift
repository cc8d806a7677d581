import DeeperKernels
import DeeperTensors

/// ONNX GatherND: Y[b, t, ...] = X[b, i_0, ..., i_(k-1), ...], where the tuples of indices (i_0, ..., i_(k-1)) are the
/// rows of the indices, and b are batch axes with which both inputs begin.
///
/// X is [b..., e_0, ..., e_(k-1), rest...], the indices are [b..., t..., k], and Y is [b..., t..., rest...]. An index
/// outside its axis ends the run with an error.
struct GatherND: Operator {
    static let name = "GatherND"
    static let inputCount = 2...2
    static let firstOpset = 11
    private let batchRank: Int

    init(_ attributes: inout AttributeReader) throws {
        batchRank = attributes.opset < 12 ? 0 : try attributes.int("batch_dims", default: 0)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let indices = try inputs.shape(1, .int32, .int64)
        guard batchRank >= 0, batchRank < min(type.shape.rank, indices.rank),
            type.shape.dimensions[..<batchRank] == indices.dimensions[..<batchRank],
            case let length = indices[indices.rank - 1], (1...type.shape.rank - batchRank).contains(length)
        else {
            throw DeeperError(
                .invalidModel, "indices of shape \(indices) do not fit \(type.shape) with \(batchRank) batch axes")
        }
        let dimensions = indices.dimensions.dropLast() + type.shape.dimensions[(batchRank + length)...]
        return [TensorType(type.elementType, try Shape(validating: Array(dimensions)))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let (x, indices) = (try request.input(0), try request.input(1))
        let indexed = batchRank..<batchRank + indices.shape[indices.shape.rank - 1]
        let kernel = GatherSlicesKernel(
            batches: x.shape.dimensions[..<batchRank].reduce(1, *),
            tuplesPerBatch: indices.shape.dimensions[batchRank...].dropLast().reduce(1, *),
            extents: Array(x.shape.dimensions[indexed]),
            sliceBytes: x.shape.dimensions[indexed.upperBound...].reduce(1, *) * x.elementType.byteCount,
            indexType: indices.elementType)
        return .kernel(kernel, inputs: [0, 1])
    }
}
