import DeeperKernels
import DeeperTensors

/// ONNX Gather: the listed positions of an axis. An index outside the axis is an error when the plan is prepared, if
/// the indices are known, or otherwise during the run.
struct Gather: Operator {
    static let name = "Gather"
    static let inputCount = 2...2
    private let axis: Int

    init(_ attributes: inout AttributeReader) throws { axis = try attributes.int("axis", default: 0) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let indices = try inputs.shape(1, .int32, .int64)
        let at = try resolveAxis(axis, rank: type.shape.rank)
        if let value = inputs.value(1),
            let bad = try value.integers().first(where: { $0 < -type.shape[at] || $0 >= type.shape[at] })
        {
            throw DeeperError(.invalidModel, "index \(bad) is outside axis \(axis) of \(type.shape)")
        }
        let dimensions = type.shape.dimensions[..<at] + indices.dimensions + type.shape.dimensions[(at + 1)...]
        return [TensorType(type.elementType, try DeeperTensors.Shape(validating: Array(dimensions)))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let indices = try request.input(1)
        let at = try resolveAxis(axis, rank: input.shape.rank)
        let kernel = GatherKernel(
            outer: input.shape.dimensions[..<at].reduce(1, *), extent: input.shape[at],
            innerBytes: input.shape.dimensions[(at + 1)...].reduce(1, *) * input.elementType.byteCount,
            indexCount: indices.shape.elementCount, indexType: indices.elementType)
        return .kernel(kernel, inputs: [0, 1])
    }
}
