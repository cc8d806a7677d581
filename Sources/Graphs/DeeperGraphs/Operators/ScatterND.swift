import DeeperKernels
import DeeperTensors

/// ONNX ScatterND: Y = X, then Y[i_0, ..., i_(k-1), ...] = updates[t, ...] for every tuple t of indices, or since opset
/// 16 their sum, product, minimum or maximum; updates are applied one after the other.
///
/// X is [e_0, ..., e_(k-1), rest...], the indices are [t..., k], the updates [t..., rest...]. An index outside its
/// axis ends the run with an error.
struct ScatterND: Operator {
    static let name = "ScatterND"
    static let inputCount = 3...3
    static let firstOpset = 11
    private let reduction: ScatterReduction

    init(_ attributes: inout AttributeReader) throws { reduction = try ScatterReduction(&attributes) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let indices = try inputs.shape(1, .int32, .int64)
        guard let length = indices.dimensions.last, length >= 1, length <= type.shape.rank else {
            throw DeeperError(.invalidModel, "indices of shape \(indices) do not fit \(type.shape)")
        }
        let updates = try inputs.type(2)
        let expected = Array(indices.dimensions.dropLast() + type.shape.dimensions[length...])
        guard updates.elementType == type.elementType, updates.shape.dimensions == expected else {
            throw DeeperError(.invalidModel, "the updates are \(updates), expected \(type.elementType)\(expected)")
        }
        return [type]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount { reduction.operations(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let (x, indices) = (try request.input(0), try request.input(1))
        let length = indices.shape[indices.shape.rank - 1]
        let kernel = ScatterSlicesKernel(
            tupleCount: indices.shape.dimensions.dropLast().reduce(1, *),
            extents: Array(x.shape.dimensions[..<length]),
            sliceElements: x.shape.dimensions[length...].reduce(1, *), indexType: indices.elementType,
            combination: try reduction.combination(x.elementType))
        return .kernel(kernel, inputs: [0, 1, 2])
    }
}
