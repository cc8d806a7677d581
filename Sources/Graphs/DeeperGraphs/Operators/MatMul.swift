internal import DeeperKernels
public import DeeperTensors

/// ONNX MatMul: products of the last two axes, the others broadcast.
public struct MatMul: Operator {
    public static let name = "MatMul"
    public static let inputCount = 2...2

    public init() {}
    public var attributes: [String: AttributeValue]? { [:] }
    public init(_ attributes: inout AttributeReader) throws {}

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(.float32, try StackedProduct(inputs.shape(0, .float32), inputs.shape(1, .float32)).output)]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let k = inputs[0]?.shape.dimensions.last else { return OperationCount() }
        let sums = outputs[0].shape.elementCount
        return OperationCount(macs: saturatingProduct(sums, k), sums: sums)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        try StackedProduct(request.input(0).shape, request.input(1).shape).lower(request)
    }
}
