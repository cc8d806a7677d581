internal import DeeperKernels
public import DeeperTensors

/// ONNX Concat: the operands one after the other along an axis.
public struct Concat: Operator {
    public static let name = "Concat"
    public static let inputCount = 1...Int(Int32.max)
    public let axis: Int

    public init(axis: Int) { self.axis = axis }
    public var attributes: [String: AttributeValue]? { ["axis": .int(axis)] }

    public init(_ attributes: inout AttributeReader) throws {
        guard let axis = try attributes.int("axis") else {
            throw DeeperError(.invalidModel, "attribute axis is required")
        }
        self.axis = axis
    }

    public var summary: String { "axis \(axis)" }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let first = try inputs.type(0)
        let at = try resolveAxis(axis, rank: first.shape.rank)
        var total = 0
        for index in 0..<inputs.count {
            let type = try inputs.type(index)
            var expected = first.shape.dimensions
            if type.shape.rank == first.shape.rank { expected[at] = type.shape[at] }
            guard type.elementType == first.elementType, type.shape.dimensions == expected else {
                throw DeeperError(.invalidModel, "operand \(index) is \(type), operand 0 is \(first), axis \(axis)")
            }
            total = total.addingReportingOverflow(type.shape[at]).partialValue
        }
        var dimensions = first.shape.dimensions
        dimensions[at] = total
        return [TensorType(first.elementType, try Shape(validating: dimensions))]
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let axis = try resolveAxis(axis, rank: request.output.shape.rank)
        let strides = request.output.strides
        var regions: [CopyRegion] = []
        var offset = 0
        for index in request.inputs.indices {
            let input = try request.input(index)
            regions.append(
                CopyRegion(
                    source: index, target: request.inputs.count, extents: input.shape.dimensions,
                    sourceStrides: input.strides, targetStrides: strides, targetOffset: offset * strides[axis]))
            offset += input.shape[axis]
        }
        return .kernel(
            try StridedCopyKernel("concat", elementType: request.output.elementType, regions: regions),
            inputs: Array(request.inputs.indices))
    }
}
