internal import DeeperKernels
public import DeeperTensors

/// ONNX Identity: Y is X.
public struct Identity: Operator {
    public static let name = "Identity"

    init() {}

    public init(_ attributes: inout AttributeReader) throws {}

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] { [try inputs.type(0)] }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: false)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering { .alias(input: 0) }
}
