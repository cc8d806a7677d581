import DeeperKernels
import DeeperTensors

/// Tabulates a function of one quantised number with requantised results.
enum ByteFunction {
    /// - Parameters:
    ///   - f: the function of real numbers.
    ///   - from, to: the types, scales and zero points of the operand and of the result.
    static func table(
        from: (type: ElementType, scale: Float, zeroPoint: Int32),
        to: (type: ElementType, scale: Float, zeroPoint: Int32),
        _ f: (Double) -> Double
    ) -> [UInt8] {
        let bounds: ClosedRange<Double> = to.type == .int8 ? -128...127 : 0...255
        return ByteTableKernel.table(isSigned: from.type == .int8) { stored in
            let real = f(Double(stored - from.zeroPoint) * Double(from.scale))
            let scaled = (real / Double(to.scale)).rounded(.toNearestOrEven) + Double(to.zeroPoint)
            // NaN becomes the lowest value.
            return Int32(scaled > bounds.lowerBound ? min(scaled, bounds.upperBound) : bounds.lowerBound)
        }
    }
}

/// ONNX Runtime's operators of one quantised operand (com.microsoft). Inputs: X, its scale and zero point; Y's scale
/// and zero point.
protocol ByteFunctionOperator: Operator {
    /// The function of a real number.
    func apply(_ value: Double) -> Double
}

extension ByteFunctionOperator {
    static var inputCount: ClosedRange<Int> { 4...5 }
    private var pairs: (x: QuantizationPair, y: QuantizationPair) {
        (QuantizationPair(scale: 1, zeroPoint: 2), QuantizationPair(scale: 3, zeroPoint: 4))
    }
    var valueInputs: [Int] { Array(1...4) }
    var parameterInputs: [Int]? { [0] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.byteType(0)
        try inputs.check(pairs.x, of: type)
        try inputs.check(pairs.y, of: type)
        return [TensorType(type, try inputs.shape(0))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(activation: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following([0], of: inputs, outputs: outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0), type = input.elementType
        let table = ByteFunction.table(
            from: (type, try request.scales(pairs.x)[0], try request.zeroPoints(pairs.x)[0]),
            to: (type, try request.scales(pairs.y)[0], try request.zeroPoints(pairs.y)[0]), apply)
        let nest = try LoopNest.broadcasting([input], to: request.output)
        return .kernel(ByteTableKernel([.init(nest: nest, table: table)], options: request.options), inputs: [0])
    }
}
