import DeeperKernels
import DeeperTensors

/// ONNX QLinearConv: the convolution of quantised numbers, quantised anew.
///
/// Inputs: X, its scale and zero point, W, its own, which may be one for each filter, Y's, and a bias in int32 of the
/// scale of the products.
struct QLinearConv: RangedOperator, RealResultOperator {
    static let name = "QLinearConv"
    static let inputCount = 8...9
    static let firstOpset = 10
    private let form: IntegerConvolution
    var storedRange: ClosedRange<Int32>?
    var givesReals = false
    private static let x = QuantizationPair(scale: 1, zeroPoint: 2)
    private static let w = QuantizationPair(scale: 4, zeroPoint: 5)
    private static let y = QuantizationPair(scale: 6, zeroPoint: 7)

    init(_ attributes: inout AttributeReader) throws { form = try IntegerConvolution(&attributes) }

    var summary: String { form.summary }
    var valueInputs: [Int] { Array(1...8) }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try form.shape(inputs, x: 0, w: 3)
        try inputs.check(Self.x, of: inputs.byteType(0))
        try inputs.check(Self.w, of: inputs.byteType(3), perEntry: shape[1])
        if inputs.has(8), case let bias = try inputs.type(8), bias != TensorType(.int32, [shape[1]]) {
            throw DeeperError(.invalidModel, "the bias is \(bias), expected int32[\(shape[1])]")
        }
        guard !givesReals else { return [TensorType(.float32, shape)] }
        let result = try inputs.byteType(7)
        try inputs.check(Self.y, of: result)
        return [TensorType(result, shape)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        form.operations(x: inputs[0], w: inputs[3], bias: inputs.count > 8 && inputs[8] != nil, outputs)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: inputs.count, outputs: outputs.count)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let scale = try request.scales(Self.x)[0] / (givesReals ? 1 : request.scales(Self.y)[0])
        let bias = request.hasInput(8) ? try request.knownValue(8).elements(as: Int32.self) : []
        let epilogue = IntegerEpilogue(
            bias: bias, scales: try request.scales(Self.w).map { boundedFactor($0 * scale) },
            result: givesReals ? .reals : ranged(try request.byteResult(Self.y)))
        let kernel = try form.kernel(
            request, x: 0, w: 3, weightZeroPoints: request.zeroPoints(Self.w),
            zeroPoint: .known(request.zeroPoints(Self.x)[0]), epilogue)
        return .kernel(kernel, inputs: [0])
    }
}
