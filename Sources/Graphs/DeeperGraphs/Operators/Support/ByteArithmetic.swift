import DeeperKernels
import DeeperTensors

/// ONNX Runtime's arithmetic of two quantised operands (com.microsoft). Inputs: A, its scale and zero point; B, its
/// scale and zero point; the result's scale and zero point.
protocol ByteArithmetic: MixedByteOperator, RangedOperator {
    /// Whether the operands are multiplied; otherwise they are added.
    static var isProduct: Bool { get }
}

extension ByteArithmetic {
    static var inputCount: ClosedRange<Int> { 7...8 }
    private var pairs: [QuantizationPair] {
        [1, 4, 6].map { QuantizationPair(scale: $0, zeroPoint: $0 + 1) }
    }
    var valueInputs: [Int] { [1, 2, 4, 5, 6, 7] }
    var parameterInputs: [Int]? { [0, 3] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool {
        guard let a = try? inputs.shape(0), let b = try? inputs.shape(3) else { return false }
        return a.rank == b.rank || inputs.value(a.rank < b.rank ? 0 : 3) != nil
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (a, b) = (try inputs.byteType(0), try inputs.byteType(3))
        guard a == b || mixesTypes else {
            throw DeeperError(.invalidModel, "operands are \(try inputs.type(0)) and \(try inputs.type(3))")
        }
        let result = mixesTypes ? try inputs.byteType(7) : a
        for (pair, type) in zip(pairs, [a, b, result]) { try inputs.check(pair, of: type) }
        return [TensorType(result, try broadcastShape([inputs.shape(0), inputs.shape(3)]))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following([0, 3], of: inputs, outputs: outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try LoopNest.broadcasting([request.input(0), request.input(3)], to: request.output)
        let scales = try pairs.map { try request.scales($0)[0] }
        let zeroPoints = try pairs.map { try request.zeroPoints($0)[0] }
        let all = request.output.elementType.byteRange
        let form = ByteArithmeticKernel.Form(
            isProduct: Self.isProduct, aZero: zeroPoints[0], bZero: zeroPoints[1],
            aScale: boundedFactor(scales[0] / scales[2]),
            bScale: boundedFactor(scales[1] / scales[2]), scale: productFactor(scales), resultZeroPoint: zeroPoints[2],
            range: storedRange?.clamped(to: all) ?? all)
        let kernel = ByteArithmeticKernel(
            form, try request.input(0).elementType, try request.input(3).elementType, nest: nest,
            options: request.options)
        return .kernel(kernel, inputs: [0, 3])
    }
}

/// A's scale times B's, divided by the result's; in float32 if float32 can represent the product.
private func productFactor(_ scales: [Float]) -> Float {
    let product = scales[0] * scales[1]
    if product.isNormal { return boundedFactor(product / scales[2]) }
    return boundedFactor(Float(Double(scales[0]) * Double(scales[1]) / Double(scales[2])))
}
