import DeeperKernels
import DeeperTensors

/// ONNX QLinearConv: the convolution of quantised numbers, requantised.
///
/// Inputs: X, its scale and zero point; W, its scale and zero point, which may be one per filter; Y's scale and zero
/// point; a bias, int32 in units of the products' scale.
struct QLinearConv: ResidualOperator, RealResultOperator, RealBiasOperator, RealRangeOperator,
    ChannelScaleOperator
{
    static let name = "QLinearConv"
    static let inputCount = 8...9
    static let firstOpset = 10
    private let form: IntegerConvolution
    var storedRange: ClosedRange<Int32>?
    var givesReals = false
    var hasRealBias = false
    var hasChannelScales = false
    var realRange = ClampRange.unbounded
    private static let x = QuantizationPair(scale: 1, zeroPoint: 2)
    private static let w = QuantizationPair(scale: 4, zeroPoint: 5)
    private static let y = QuantizationPair(scale: 6, zeroPoint: 7)
    /// Set by a pass: input 9, 8-bit numbers of the output's shape, is added to Y as QLinearAdd would. Inputs 10 and 11
    /// are its scale and zero point, 12 and 13 those of the sum, which has the output's type.
    private(set) var addsResidual = false
    private var sumRange: ClosedRange<Int32>?
    private static let residual = QuantizationPair(scale: 10, zeroPoint: 11)
    private static let sum = QuantizationPair(scale: 12, zeroPoint: 13)

    init(_ attributes: inout AttributeReader) throws { form = try IntegerConvolution(&attributes) }

    var summary: String { addsResidual ? form.summary + ", + residual" : form.summary }
    var valueInputs: [Int] { Array(1...8) + Array(10...13) }
    var parameterInputs: [Int]? { [3, 8] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func addingResidual(range: ClosedRange<Int32>?) -> QLinearConv? {
        guard form.groups == 1, !givesReals, !addsResidual, !hasChannelScales else { return nil }
        var operation = self
        operation.addsResidual = true
        operation.sumRange = range
        return operation
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try form.shape(inputs, x: 0, w: 3)
        let isDepthwise = try hasChannelScales && form.groups == inputs.shape(0)[1]
        try inputs.check(Self.x, of: inputs.byteType(0), perEntry: isDepthwise ? form.groups : nil)
        try inputs.check(Self.w, of: inputs.byteType(3), perEntry: shape[1])
        if inputs.has(8), case let bias = try inputs.type(8), bias != TensorType(biasType, [shape[1]]) {
            throw DeeperError(.invalidModel, "the bias is \(bias), expected \(biasType)[\(shape[1])]")
        }
        guard !givesReals else { return [TensorType(.float32, shape)] }
        let result = try inputs.byteType(7)
        try inputs.check(Self.y, of: result, perEntry: hasChannelScales ? shape[1] : nil)
        guard addsResidual else { return [TensorType(result, shape)] }
        guard try inputs.shape(9) == shape else {
            throw DeeperError(.invalidModel, "the residual is \(try inputs.type(9)), expected the shape \(shape)")
        }
        try inputs.check(Self.residual, of: inputs.byteType(9))
        let sum = inputs.has(13) ? try inputs.byteType(13) : result
        try inputs.check(Self.sum, of: sum)
        return [TensorType(sum, shape)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        var count = form.operations(x: inputs[0], w: inputs[3], bias: inputs.count > 8 && inputs[8] != nil, outputs)
        if addsResidual { count.elementwise = outputs[0].shape.elementCount }
        return count
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        var choice = LayoutChoice.image(inputs: inputs.count, outputs: outputs.count)
        if addsResidual { choice.inputs[9] = .channelsLast }
        return choice
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let units = givesReals ? [1] : try request.scales(Self.y)
        let bias = try bias(request, at: 8, units: units)
        let epilogue = IntegerEpilogue(
            bias: bias.whole, scales: try factors(request, units), offsets: bias.real,
            result: givesReals
                ? .reals(realRange) : ranged(try request.byteResult(Self.y, of: request.input(7).elementType)),
            residual: addsResidual ? try residual(request) : nil)
        let kernel = try form.kernel(
            request, x: 0, w: 3, residual: addsResidual ? 9 : nil, weightZeroPoints: request.zeroPoints(Self.w),
            zeroPoint: .known(request.zeroPoints(Self.x)[0]), epilogue)
        return .kernel(kernel, inputs: addsResidual ? [0, 9] : [0])
    }

    /// The factors that the sums of products are multiplied by: one for all filters, or one per filter.
    private func factors(_ request: LoweringRequest, _ units: [Float]) throws -> [Float] {
        let (x, w) = (try request.scales(Self.x), try request.scales(Self.w))
        let filters = try request.input(3).shape[0], perChannel = filters / x.count
        return (0..<max(w.count, x.count > 1 || units.count > 1 ? filters : 1)).map { filter in
            let scale = x[filter / perChannel] / units[units.count == 1 ? 0 : filter]
            return boundedFactor(w[w.count == 1 ? 0 : filter] * scale)
        }
    }

    private func residual(_ request: LoweringRequest) throws -> IntegerResidual {
        let scales = try [Self.y, Self.residual, Self.sum].map { try request.scales($0)[0] }
        let all = request.output.elementType.byteRange
        return IntegerResidual(
            ownFactor: boundedFactor(scales[0] / scales[2]), factor: boundedFactor(scales[1] / scales[2]),
            zeroPoint: try request.zeroPoints(Self.residual)[0], isSigned: try request.input(9).elementType == .int8,
            resultZeroPoint: try request.zeroPoints(Self.sum)[0],
            range: sumRange?.clamped(to: all) ?? all)
    }
}
