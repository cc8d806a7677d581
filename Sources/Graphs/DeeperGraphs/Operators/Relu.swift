internal import DeeperKernels
public import DeeperTensors

/// ONNX Relu: max(0, x), elementwise.
public struct Relu: Operator {
    public static let name = "Relu"

    public init() {}
    public init(_ attributes: inout AttributeReader) throws { attributes.ignore("consumed_inputs") }
    public var attributes: [String: AttributeValue]? { [:] }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.float32, try inputs.shape(0, .float32))]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(activation: outputs[0].shape.elementCount)
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        try request.activation(clamp: .relu)
    }
}
