import DeeperTensors

/// ONNX Flatten: a matrix of the axes before and from `axis` on.
struct Flatten: Operator {
    static let name = "Flatten"
    private let axis: Int

    init(_ attributes: inout AttributeReader) throws { axis = try attributes.int("axis", default: 1) }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let at = axis == type.shape.rank ? axis : try resolveAxis(axis, rank: max(type.shape.rank, 1))
        let rows = type.shape.dimensions.prefix(at).reduce(1, *)
        let columns = type.shape.dimensions.dropFirst(at).reduce(1, *)
        return [TensorType(type.elementType, [rows, columns])]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { .alias(input: 0) }
}
