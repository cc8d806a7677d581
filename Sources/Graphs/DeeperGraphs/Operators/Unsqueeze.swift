import DeeperTensors

/// ONNX Unsqueeze: X with new axes of extent 1 at the listed positions of the result.
struct Unsqueeze: Operator {
    static let name = "Unsqueeze"
    static let inputCount = 1...2
    private let axes: [Int]?

    init(_ attributes: inout AttributeReader) throws {
        axes = attributes.opset < 13 ? try attributes.ints("axes") : nil
    }

    var valueInputs: [Int] { [1] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard let listed = inputs.has(1) ? try inputs.integers(1) : axes else {
            throw DeeperError(.invalidModel, "axes are required")
        }
        let places = try resolveAxes(listed, rank: type.shape.rank + listed.count)
        var rest = type.shape.dimensions[...]
        let dimensions = (0..<type.shape.rank + places.count).map { places.contains($0) ? 1 : rest.removeFirst() }
        return [TensorType(type.elementType, DeeperTensors.Shape(dimensions))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { .alias(input: 0) }
}
