import DeeperKernels
import DeeperTensors

/// ONNX Runtime's QGemm (com.microsoft): alpha A' B' + C of quantised numbers, where ' optionally transposes. The
/// result is requantised, or float32 if Y has no scale.
///
/// Inputs: A, its scale and zero point; B, its scale and zero point; C, int32 in units of the products' scale; Y's
/// scale and zero point.
struct QGemm: RangedOperator, RealBiasOperator, RealRangeOperator {
    static let name = "QGemm"
    static let inputCount = 6...9
    private let alpha: Float
    var storedRange: ClosedRange<Int32>?
    var hasRealBias = false
    var realRange = ClampRange.unbounded
    private let isATransposed: Bool, isBTransposed: Bool
    private static let a = QuantizationPair(scale: 1, zeroPoint: 2)
    private static let b = QuantizationPair(scale: 4, zeroPoint: 5)
    private static let y = QuantizationPair(scale: 7, zeroPoint: 8)
    private static let operands = IntegerProduct.Operands(a: 0, aZero: 2, b: 3, bZero: 5)

    init(_ attributes: inout AttributeReader) throws {
        alpha = try attributes.float("alpha", default: 1)
        isATransposed = try attributes.flag("transA")
        isBTransposed = try attributes.flag("transB")
    }

    var valueInputs: [Int] { [1, 4, 6, 7, 8] }
    var parameterInputs: [Int]? { [0, 3, 6] }

    private func product(_ a: DeeperTensors.Shape, _ b: DeeperTensors.Shape) throws -> IntegerProduct {
        guard a.rank == 2, b.rank == 2 else {
            throw DeeperError(.invalidModel, "operands have shapes \(a) and \(b), expected matrices")
        }
        return try IntegerProduct(a, b, Self.operands, aTransposed: isATransposed, bTransposed: isBTransposed)
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let product = try product(inputs.shape(0), inputs.shape(3))
        try product.checkZeroPoints(inputs)
        try inputs.check(Self.a, of: inputs.byteType(0))
        try inputs.check(Self.b, of: inputs.byteType(3), perEntry: product.columns)
        if inputs.has(6) {
            let bias = try inputs.type(6)
            guard bias.elementType == biasType, bias.shape.elementCount == product.columns,
                bias.shape.rank <= 2, product.columns == 1 || bias.shape.dimensions.last == product.columns
            else {
                throw DeeperError(.invalidModel, "C is \(bias), expected \(biasType)[\(product.columns)]")
            }
        }
        guard inputs.has(7) else { return [TensorType(.float32, product.output)] }
        let result: ElementType = inputs.has(8) ? try inputs.byteType(8) : .uint8
        try inputs.check(Self.y, of: result)
        return [TensorType(result, product.output)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let a = inputs[0]?.shape, let b = inputs[3]?.shape, let product = try? product(a, b) else {
            return OperationCount()
        }
        return product.operations(bias: inputs.count > 6 && inputs[6] != nil, outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        var factor = alpha * (try request.scales(Self.a)[0])
        var result = IntegerEpilogue.Result.reals(realRange)
        if request.hasInput(7) {
            factor /= try request.scales(Self.y)[0]
            result = ranged(try request.byteResult(Self.y))
        }
        let bias = try bias(request, at: 6, units: request.hasInput(7) ? request.scales(Self.y) : [1])
        let epilogue = IntegerEpilogue(
            bias: bias.whole, scales: try request.scales(Self.b).map { boundedFactor($0 * factor) }, offsets: bias.real,
            result: result)
        return try product(request.input(0).shape, request.input(3).shape).lower(request, epilogue)
    }
}
