import DeeperKernels
import DeeperTensors

/// ONNX Cast: the same numbers in another element type, rounded towards zero and saturating.
struct Cast: Operator {
    static let name = "Cast"
    private let target: ElementType

    init(_ attributes: inout AttributeReader) throws {
        guard let code = try attributes.int("to") else { throw DeeperError(.invalidModel, "attribute to is required") }
        target = try ElementType(onnx: code)
        attributes.ignore("saturate", "round_mode")
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { [TensorType(target, try inputs.shape(0))] }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { try request.cast() }
}

extension LoweringRequest {
    /// Converts input 0 to the output's element type.
    func cast() throws -> Lowering {
        let input = try input(0)
        if input.elementType == output.elementType, input.layout == .rowMajor { return .alias(input: 0) }
        return .kernel(
            MapKernel.cast(count: input.shape.elementCount, from: input.elementType, to: output.elementType),
            inputs: [0])
    }
}
