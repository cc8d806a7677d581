import DeeperKernels
import DeeperTensors

/// ONNX BitwiseNot: the bits that are not set in X, elementwise, on every integer type.
struct BitwiseNot: Operator {
    static let name = "BitwiseNot"
    static let firstOpset = 18

    init(_ attributes: inout AttributeReader) throws {}

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try inputs.shape(0, among: ElementType.integers)
        return [try inputs.type(0)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        let kernel: MapKernel =
            switch request.output.elementType {
            case .int8, .uint8: MapKernel(count: count) { (x: UInt8) in ~x }
            case .int16, .uint16: MapKernel(count: count) { (x: UInt16) in ~x }
            case .int32, .uint32: MapKernel(count: count) { (x: UInt32) in ~x }
            default: MapKernel(count: count) { (x: UInt64) in ~x }
            }
        return .kernel(kernel, inputs: [0])
    }
}
