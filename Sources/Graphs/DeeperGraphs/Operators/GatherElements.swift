import DeeperKernels
import DeeperTensors

/// ONNX GatherElements: Y[i, j, ...] = X[i, indices[i, j, ...], ...] for the axis of j.
///
/// The indices have X's rank, and along the other axes at most X's extents. Y has the indices' shape. An index outside
/// the axis ends the run with an error.
struct GatherElements: Operator {
    static let name = "GatherElements"
    static let inputCount = 2...2
    static let firstOpset = 11
    private let axis: Int

    init(_ attributes: inout AttributeReader) throws { axis = try attributes.int("axis", default: 0) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let indices = try inputs.shape(1, .int32, .int64)
        try checkElementIndices(indices, of: type.shape, axis: resolveAxis(axis, rank: type.shape.rank))
        return [TensorType(type.elementType, indices)]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let (x, indices) = (try request.input(0), try request.input(1))
        let at = try resolveAxis(axis, rank: x.shape.rank)
        var strides = x.shape.rowMajorStrides
        let step = strides[at]
        strides[at] = 0
        let nest = try LoopNest.make(
            extents: indices.shape.dimensions, strides: [strides, indices.shape.rowMajorStrides])
        let kernel = GatherElementsKernel(
            nest: nest, extent: x.shape[at], step: step, indexType: indices.elementType, elementType: x.elementType)
        return .kernel(kernel, inputs: [0, 1])
    }
}

/// Checks the shape of indices that give an element's position in X along one axis, and whose own positions give it
/// along the other axes.
///
/// - Throws: `invalidModel` if the ranks differ, or if the indices have a larger extent than X along another axis.
func checkElementIndices(_ indices: Shape, of x: Shape, axis: Int) throws {
    guard indices.rank == x.rank,
        x.dimensions.indices.allSatisfy({ $0 == axis || indices[$0] <= x[$0] })
    else {
        throw DeeperError(.invalidModel, "indices of shape \(indices) do not fit \(x) along axis \(axis)")
    }
}
