import DeeperKernels
import DeeperTensors

/// ONNX GlobalMaxPool: the largest element of every channel over all spatial positions.
struct GlobalMaxPool: Operator {
    static let name = "GlobalMaxPool"

    private let attributes: GlobalPoolAttributes

    init(_ attributes: inout AttributeReader) throws { self.attributes = try GlobalPoolAttributes(&attributes) }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try inferGlobalPool(inputs, attributes) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(pooling: max(0, (inputs[0]?.shape.elementCount ?? 0) - outputs[0].shape.elementCount))
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: 1, outputs: 1)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        .kernel(try globalPool(request, .maximum), inputs: [0])
    }
}
