import DeeperKernels
import DeeperTensors

/// ONNX MatMulInteger: products of quantised numbers as int32 sums. Inputs: A, B, the zero points of A and B.
struct MatMulInteger: Operator {
    static let name = "MatMulInteger"
    static let inputCount = 2...4
    static let firstOpset = 10
    private static let operands = IntegerProduct.Operands(a: 0, aZero: 2, b: 1, bZero: 3)

    init(_ attributes: inout AttributeReader) throws {}

    var parameterInputs: [Int]? { [0, 1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = (try inputs.byteType(0), try inputs.byteType(1))
        let product = try IntegerProduct(inputs.shape(0), inputs.shape(1), Self.operands)
        try product.checkZeroPoints(inputs)
        return [TensorType(.int32, product.output)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let a = inputs[0]?.shape, let b = inputs[1]?.shape,
            let product = try? IntegerProduct(a, b, Self.operands)
        else { return OperationCount() }
        return product.operations(bias: false, outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        try IntegerProduct(request.input(0).shape, request.input(1).shape, Self.operands)
            .lower(request, IntegerEpilogue())
    }
}
