import DeeperKernels
import DeeperTensors

/// ONNX QLinearMatMul: products of quantised numbers, requantised. Inputs: A, its scale and zero point; B, its scale
/// and zero point; Y's scale and zero point.
struct QLinearMatMul: RangedOperator, RealResultOperator {
    static let name = "QLinearMatMul"
    static let inputCount = 8...8
    static let firstOpset = 10
    var storedRange: ClosedRange<Int32>?
    var givesReals = false
    private static let a = QuantizationPair(scale: 1, zeroPoint: 2)
    private static let b = QuantizationPair(scale: 4, zeroPoint: 5)
    private static let y = QuantizationPair(scale: 6, zeroPoint: 7)
    private static let operands = IntegerProduct.Operands(a: 0, aZero: 2, b: 3, bZero: 5)

    init(_ attributes: inout AttributeReader) throws {}

    var valueInputs: [Int] { [1, 4, 6, 7] }
    var parameterInputs: [Int]? { [0, 3] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = (try inputs.byteType(0), try inputs.byteType(3))
        let product = try IntegerProduct(inputs.shape(0), inputs.shape(3), Self.operands)
        try product.checkZeroPoints(inputs)
        try inputs.check(Self.a, of: inputs.byteType(0), perEntry: product.rows)
        try inputs.check(Self.b, of: inputs.byteType(3), perEntry: product.columns)
        guard !givesReals else { return [TensorType(.float32, product.output)] }
        let result = try inputs.byteType(7)
        try inputs.check(Self.y, of: result)
        return [TensorType(result, product.output)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let a = inputs[0]?.shape, let b = inputs[3]?.shape,
            let product = try? IntegerProduct(a, b, Self.operands)
        else { return OperationCount() }
        return product.operations(bias: false, outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let scale = givesReals ? 1 : try request.scales(Self.y)[0]
        let epilogue = IntegerEpilogue(
            scales: try request.scales(Self.b),
            result: givesReals ? .reals(.unbounded) : ranged(try request.byteResult(Self.y)))
        return try IntegerProduct(request.input(0).shape, request.input(3).shape, Self.operands)
            .lower(request, rowScales: request.scales(Self.a).map { boundedFactor($0 / scale) }, epilogue)
    }
}
