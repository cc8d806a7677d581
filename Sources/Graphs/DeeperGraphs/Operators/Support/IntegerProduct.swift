import DeeperKernels
import DeeperTensors

/// The matrix products of quantised numbers that QLinearMatMul, MatMulInteger and QGemm compute.
struct IntegerProduct: Sendable {
    /// The indices of the inputs that are the operands and their zero points.
    struct Operands: Sendable {
        var a: Int, aZero: Int
        var b: Int, bZero: Int
    }

    private let product: StackedProduct
    private let aStrides: (row: Int, column: Int), bStrides: (row: Int, column: Int)
    private let operands: Operands
    private let aTransposed: Bool, bTransposed: Bool

    /// - Throws: `invalidModel` if the shapes do not fit each other.
    init(
        _ a: DeeperTensors.Shape, _ b: DeeperTensors.Shape, _ operands: Operands, aTransposed: Bool = false,
        bTransposed: Bool = false
    ) throws {
        product = try StackedProduct(a, b, aTransposed: aTransposed, bTransposed: bTransposed)
        self.operands = operands
        self.aTransposed = aTransposed
        self.bTransposed = bTransposed
        aStrides = aTransposed ? (1, product.m) : (product.k, 1)
        bStrides = bTransposed ? (1, product.k) : (product.n, 1)
    }

    var output: DeeperTensors.Shape { product.output }
    var rows: Int { product.m }
    var columns: Int { product.n }

    func operations(bias: Bool, _ outputs: [TensorType]) -> OperationCount {
        let sums = outputs[0].shape.elementCount
        let macs = saturatingProduct(sums, product.k)
        return OperationCount(macs: macs, integerMacs: macs, sums: sums, bias: bias ? sums : 0)
    }

    /// - Throws: `invalidModel` unless each zero point has its operand's type, and is one number or has one number per
    ///   row of A or column of B.
    func checkZeroPoints(_ inputs: NodeInputs) throws {
        for (operand, zeroPoint, count) in [
            (operands.a, operands.aZero, product.m), (operands.b, operands.bZero, product.n),
        ] where inputs.has(zeroPoint) {
            let type = try inputs.type(zeroPoint), expected = try inputs.byteType(operand)
            guard type.elementType == expected,
                type.shape.elementCount == 1 || type.shape.rank == 1 && type.shape[0] == count
            else {
                throw DeeperError(
                    .invalidModel,
                    "the zero point (input \(zeroPoint)) is \(type), expected one or \(count) of \(expected.rawValue)")
            }
        }
    }

    /// - Parameter rowScales: further factors, one for all rows or one per row.
    func lower(
        _ request: LoweringRequest, rowScales: [Float] = [1], _ epilogue: IntegerEpilogue
    ) throws -> Lowering {
        if let packed = try lowerPacked(request, rowScales, epilogue) { return packed }
        var inputs = [operands.a, operands.b]
        func zeroPoints(_ index: Int) throws -> IntegerZeroPoints? {
            guard request.hasInput(index) else { return nil }
            inputs.append(index)
            return IntegerZeroPoints(
                operand: inputs.count - 1, count: try request.input(index).shape.elementCount)
        }
        let offsets = product.offsets
        let form = IntegerMatMulForm(
            m: product.m, n: product.n, k: product.k, aOffsets: offsets.a, bOffsets: offsets.b, aStrides: aStrides,
            bStrides: bStrides)
        let kernel = integerMatMulKernel(
            try request.input(operands.a).elementType, try request.input(operands.b).elementType, form,
            aZero: try zeroPoints(operands.aZero), bZero: try zeroPoints(operands.bZero), rowScales: rowScales,
            epilogue: epilogue)
        return .kernel(kernel, inputs: inputs)
    }

    /// The product with a known, packed B; nil if B is computed, or if rows of A differ in zero point or scale.
    private func lowerPacked(
        _ request: LoweringRequest, _ rowScales: [Float], _ epilogue: IntegerEpilogue
    ) throws -> Lowering? {
        let hasZeroPoint = request.hasInput(operands.aZero)
        guard let b = request.value(operands.b), product.hasOneB, !aTransposed, rowScales.count == 1,
            !request.hasInput(operands.bZero) || request.value(operands.bZero) != nil,
            try !hasZeroPoint || request.input(operands.aZero).shape.elementCount == 1
        else { return nil }
        let zeroPoints = try request.zeroPoints(at: operands.bZero)
        // In a transposed matrix, the elements of a column are already contiguous.
        let inOrder = bTransposed ? try request.centredWeights(operands.b, zeroPoints: zeroPoints).weights : nil
        let known = try request.value(operands.aZero).map { Int32(truncatingIfNeeded: try $0.integers()[0]) }
        let isOperand = hasZeroPoint && known == nil
        let (k, n) = (product.k, product.n)
        let weights =
            inOrder
            ?? Weights<Int16>(count: k * n) {
                let stored = try b.integers()
                return (0..<n * k).map { index in
                    let (column, term) = (index / k, index % k)
                    let value = stored[term * n + column]
                    return Int16(truncatingIfNeeded: value - Int(zeroPoints[zeroPoints.count == 1 ? 0 : column]))
                }
            }
        var epilogue = epilogue
        epilogue.scales = epilogue.scales.map { boundedFactor($0 * rowScales[0]) }
        let kernel = try integerDenseKernel(
            rows: product.count * product.m, k: k, n: n, try request.input(operands.a).elementType, weights: weights,
            fitsBytes: b.elementType.fitsBytes(less: zeroPoints),
            zeroPoint: isOperand ? .operand(1) : .known(known ?? 0),
            epilogue: epilogue, options: request.options)
        return .kernel(kernel, inputs: isOperand ? [operands.a, operands.aZero] : [operands.a])
    }
}
