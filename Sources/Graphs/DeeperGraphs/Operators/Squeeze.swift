import DeeperTensors

/// ONNX Squeeze: X without the listed axes of extent 1, or without all axes of extent 1.
struct Squeeze: Operator {
    static let name = "Squeeze"
    static let inputCount = 1...2
    private let axes: [Int]?

    init(_ attributes: inout AttributeReader) throws {
        axes = attributes.opset < 13 ? try attributes.ints("axes") : nil
    }

    var valueInputs: [Int] { [1] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let listed = inputs.has(1) ? try inputs.integers(1) : axes
        let removed = try listed.map { try resolveAxes($0, rank: type.shape.rank) }
        if let bad = removed?.first(where: { type.shape[$0] != 1 }) {
            throw DeeperError(.invalidModel, "axis \(bad) of \(type.shape) has extent \(type.shape[bad]), expected 1")
        }
        let kept = type.shape.dimensions.indices.filter { axis in
            removed.map { !$0.contains(axis) } ?? (type.shape[axis] != 1)
        }
        return [TensorType(type.elementType, DeeperTensors.Shape(kept.map { type.shape[$0] }))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { .alias(input: 0) }
}
