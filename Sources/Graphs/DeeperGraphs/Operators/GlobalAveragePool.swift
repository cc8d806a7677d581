import DeeperKernels
import DeeperTensors

/// ONNX GlobalAveragePool: the mean of every channel over all spatial positions.
struct GlobalAveragePool: Operator {
    static let name = "GlobalAveragePool"

    private let attributes: GlobalPoolAttributes

    init(_ attributes: inout AttributeReader) throws { self.attributes = try GlobalPoolAttributes(&attributes) }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { try inferGlobalPool(inputs, attributes) }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(pooling: inputs[0]?.shape.elementCount ?? 0)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: 1, outputs: 1)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        .kernel(try globalPool(request, .mean), inputs: [0])
    }
}
