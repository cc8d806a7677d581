import DeeperKernels
import DeeperTensors

/// ONNX DynamicQuantizeLinear: X quantised to uint8 by the range of its values, and the scale and the zero point.
struct DynamicQuantizeLinear: Operator {
    static let name = "DynamicQuantizeLinear"
    static let outputCount = 3...3
    static let firstOpset = 11

    init(_ attributes: inout AttributeReader) throws {}

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.uint8, try inputs.shape(0, .float32)), TensorType(.float32, []), TensorType(.uint8, [])]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: saturatingProduct(3, outputs[0].shape.elementCount))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        .kernel(DynamicQuantizeKernel(count: try request.input(0).shape.elementCount), inputs: [0])
    }
}
