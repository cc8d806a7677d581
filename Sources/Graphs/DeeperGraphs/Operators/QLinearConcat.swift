import DeeperKernels
import DeeperTensors

/// ONNX Runtime's QLinearConcat (com.microsoft): operands one after the other along an axis, requantised.
///
/// Inputs: Y's scale and zero point, then each operand with its scale and zero point.
struct QLinearConcat: Operator {
    static let name = "QLinearConcat"
    static let inputCount = 5...Int(Int32.max)
    private let form: Concat
    private static let y = QuantizationPair(scale: 0, zeroPoint: 1)

    init(_ attributes: inout AttributeReader) throws { form = try Concat(&attributes) }

    var summary: String { form.summary }
    // All inputs except the operands, of which there are at most 256.
    var valueInputs: [Int] { [0, 1] + (0..<256).flatMap { [3 * $0 + 3, 3 * $0 + 4] } }

    var parameterInputs: [Int]? { (0..<256).map { 3 * $0 + 2 } }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    private static func operands(_ count: Int) -> [Int] { Array(stride(from: 2, to: count, by: 3)) }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let operands = Self.operands(inputs.count)
        guard inputs.count % 3 == 2, operands.count <= 256 else {
            throw DeeperError(
                .invalidModel,
                "\(inputs.count) inputs, expected a scale, a zero point and up to 256 operands with theirs")
        }
        let result = try inputs.byteType(1)
        try inputs.check(Self.y, of: result)
        for operand in operands {
            try inputs.check(.init(scale: operand + 1, zeroPoint: operand + 2), of: inputs.byteType(operand))
        }
        let types = try operands.map { TensorType(result, try inputs.shape($0)) }
        return try form.infer(NodeInputs(types: types, values: types.map { _ in nil }))
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(Self.operands(inputs.count), of: inputs, outputs: outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let output = request.output
        let axis = try resolveAxis(form.axis, rank: output.shape.rank)
        let target = (output.elementType, try request.scales(Self.y)[0], try request.zeroPoints(Self.y)[0])
        let operands = Self.operands(request.inputs.count)
        var offset = 0
        let regions = try operands.map { index in
            let input = try request.input(index)
            let pair = QuantizationPair(scale: index + 1, zeroPoint: index + 2)
            let source = (input.elementType, try request.scales(pair)[0], try request.zeroPoints(pair)[0])
            defer { offset += input.shape[axis] * output.strides[axis] }
            return ByteTableKernel.Region(
                nest: try LoopNest.make(
                    extents: input.shape.dimensions, strides: [input.strides, output.strides],
                    order: output.layout.physicalAxes(rank: output.shape.rank)),
                targetOffset: offset, table: ByteFunction.table(from: source, to: target) { $0 },
                rescaling: ByteRescaling(
                    isSigned: source.0 == .int8, zeroPoint: source.2, factor: source.1 / target.1,
                    resultZeroPoint: target.2, range: target.0.byteRange))
        }
        return .kernel(ByteTableKernel(regions, options: request.options), inputs: operands)
    }
}
