import DeeperKernels
import DeeperTensors

/// ONNX ConvInteger: the convolution of quantised numbers as int32 sums. Inputs: X, W, the zero points of X and W.
struct ConvInteger: Operator {
    static let name = "ConvInteger"
    static let inputCount = 2...4
    static let firstOpset = 10
    private let form: IntegerConvolution

    init(_ attributes: inout AttributeReader) throws { form = try IntegerConvolution(&attributes) }

    var summary: String { form.summary }
    var valueInputs: [Int] { [1, 3] }
    var parameterInputs: [Int]? { [0, 1] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { !inputs.has(2) || inputs.value(2) != nil }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let shape = try form.shape(inputs, x: 0, w: 1)
        for (operand, zeroPoint, count) in [(0, 2, 1), (1, 3, shape[1])] where inputs.has(zeroPoint) {
            let (type, expected) = (try inputs.type(zeroPoint), try inputs.byteType(operand))
            guard type.elementType == expected,
                type.shape.elementCount == 1 || type.shape.dimensions == [count]
            else {
                throw DeeperError(
                    .invalidModel, "the zero point (input \(zeroPoint)) is \(type), expected one \(expected.rawValue)")
            }
        }
        return [TensorType(.int32, shape)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        form.operations(x: inputs[0], w: inputs[1], bias: false, outputs)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: inputs.count, outputs: outputs.count)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let known = try request.value(2).map { Int32(truncatingIfNeeded: try $0.integers()[0]) }
        let isOperand = request.hasInput(2) && known == nil
        let zeroPoints = try request.zeroPoints(at: 3)
        let kernel = try form.kernel(
            request, x: 0, w: 1, weightZeroPoints: zeroPoints, zeroPoint: isOperand ? .operand(1) : .known(known ?? 0),
            IntegerEpilogue())
        return .kernel(kernel, inputs: isOperand ? [0, 2] : [0])
    }
}
