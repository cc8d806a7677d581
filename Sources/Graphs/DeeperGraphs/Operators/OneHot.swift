import DeeperKernels
import DeeperTensors

/// ONNX OneHot: an additional axis of the given depth, with values[1] at the position given by each index, and
/// values[0] elsewhere.
///
/// Negative indices count from the end; an index outside -depth..<depth has values[0] everywhere.
struct OneHot: Operator {
    static let name = "OneHot"
    static let inputCount = 3...3
    static let firstOpset = 9
    private let axis: Int

    init(_ attributes: inout AttributeReader) throws { axis = try attributes.int("axis", default: -1) }

    var valueInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let indices = try inputs.type(0)
        let values = try inputs.type(2)
        guard indices.elementType != .bool, values.shape.dimensions == [2] else {
            throw DeeperError(
                .invalidModel, "indices are \(indices), values \(values); expected numbers, and two values")
        }
        var dimensions = indices.shape.dimensions
        let depth = try depth(inputs.knownValue(1))
        dimensions.insert(depth, at: try resolveAxis(axis, rank: dimensions.count + 1))
        return [TensorType(values.elementType, try Shape(validating: dimensions))]
    }

    /// The depth, which may have any numeric type; fractions are truncated.
    private func depth(_ value: Tensor) throws -> Int {
        guard value.elementType != .bool, value.shape.elementCount == 1, case let depth = try value.doubles()[0],
            depth > -1, depth < 0x1p52
        else {
            throw DeeperError(
                .invalidModel,
                "the depth must be one number that is not negative, got \(value.elementType)\(value.shape)")
        }
        return Int(depth)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let output = request.output
        let span = AxisSpan(output.shape, axis: try resolveAxis(axis, rank: output.shape.rank))
        let kernel = OneHotKernel(
            outer: span.outer, depth: span.length, inner: span.inner, indexType: try request.input(0).elementType,
            valueType: output.elementType)
        return .kernel(kernel, inputs: [0, 2])
    }
}
