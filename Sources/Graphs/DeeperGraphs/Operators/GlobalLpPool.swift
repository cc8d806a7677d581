import DeeperKernels
import DeeperTensors

/// ONNX GlobalLpPool: (sum of |x|^p)^(1/p) of every channel over all spatial positions.
struct GlobalLpPool: Operator {
    static let name = "GlobalLpPool"
    private let attributes: GlobalPoolAttributes
    private let order: LpOrder

    init(_ attributes: inout AttributeReader) throws {
        self.attributes = try GlobalPoolAttributes(&attributes)
        order = try LpOrder(&attributes)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try attributes.output(of: inputs.shape(0, .float32, .float64))
        return [TensorType(try inputs.type(0).elementType, shape)]
    }

    /// For each channel, a power for each element, one addition less than it has elements, and a root.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(pooling: saturatingProduct(2, inputs[0]?.shape.elementCount ?? 0))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let type = try request.input(0).type
        return .kernel(order.kernel(type, globalWindow(type.shape)), inputs: [0])
    }
}
