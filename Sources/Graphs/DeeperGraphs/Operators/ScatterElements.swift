import DeeperKernels
import DeeperTensors

/// ONNX ScatterElements: Y = X, then Y[i, indices[i, j, ...], ...] = updates[i, j, ...] for the axis of j, or since
/// opset 16 their sum, product, minimum or maximum; updates are applied one after the other in the order of the axis.
///
/// Indices and updates have the same shape, with X's rank and, along the other axes, at most X's extents. An index
/// outside the axis ends the run with an error.
struct ScatterElements: Operator {
    static let name = "ScatterElements"
    static let inputCount = 3...3
    static let firstOpset = 11
    private let axis: Int
    private let reduction: ScatterReduction

    init(_ attributes: inout AttributeReader) throws {
        axis = try attributes.int("axis", default: 0)
        reduction = try ScatterReduction(&attributes)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let indices = try inputs.shape(1, .int32, .int64)
        try checkElementIndices(indices, of: type.shape, axis: resolveAxis(axis, rank: type.shape.rank))
        let updates = try inputs.type(2)
        guard updates == TensorType(type.elementType, indices) else {
            throw DeeperError(.invalidModel, "the updates are \(updates), expected \(type.elementType)\(indices)")
        }
        return [type]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount { reduction.operations(inputs) }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let (x, indices) = (try request.input(0), try request.input(1))
        let at = try resolveAxis(axis, rank: x.shape.rank)
        var strides = x.shape.rowMajorStrides
        let step = strides[at]
        strides[at] = 0
        let nest = try LoopNest.make(
            extents: Array(indices.shape.dimensions[at...]),
            strides: [Array(strides[at...]), Array(indices.shape.rowMajorStrides[at...])])
        let kernel = ScatterElementsKernel(
            leading: Array(x.shape.dimensions[..<at]), leadingUpdates: Array(indices.shape.dimensions[..<at]),
            slabElements: x.shape.dimensions[at...].reduce(1, *),
            slabUpdates: indices.shape.dimensions[at...].reduce(1, *), nest: nest, extent: x.shape[at], step: step,
            indexType: indices.elementType, combination: try reduction.combination(x.elementType))
        return .kernel(kernel, inputs: [0, 1, 2])
    }
}
