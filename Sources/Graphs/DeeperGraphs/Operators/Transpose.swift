import DeeperKernels
import DeeperTensors

/// ONNX Transpose: axes in another order, reversed by default.
struct Transpose: Operator {
    static let name = "Transpose"
    private let permutation: [Int]?

    init(_ attributes: inout AttributeReader) throws { permutation = try attributes.ints("perm") }

    private func axes(rank: Int) throws -> [Int] {
        guard let permutation else { return Array((0..<rank).reversed()) }
        guard permutation.sorted() == Array(0..<rank) else {
            throw DeeperError(.invalidModel, "perm \(permutation) is not an order of \(rank) axes")
        }
        return permutation
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let axes = try axes(rank: type.shape.rank)
        return [TensorType(type.elementType, DeeperTensors.Shape(axes.map { type.shape[$0] }))]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        LayoutChoice(inputs: inputs.map { $0?.layout ?? .rowMajor }, outputs: [.rowMajor], readsSlices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let strides = input.strides
        let region = CopyRegion(
            extents: request.output.shape.dimensions,
            sourceStrides: try axes(rank: input.shape.rank).map { strides[$0] }, targetStrides: request.output.strides)
        return .kernel(
            try StridedCopyKernel("transpose", elementType: input.elementType, regions: [region]), inputs: [0])
    }
}
