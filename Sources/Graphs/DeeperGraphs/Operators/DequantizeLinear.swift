import DeeperKernels
import DeeperTensors

/// ONNX DequantizeLinear: (X - zero point) * scale.
struct DequantizeLinear: Operator {
    static let name = "DequantizeLinear"
    static let inputCount = 2...3
    static let firstOpset = 10
    private let axes: QuantizationAxes

    init(_ attributes: inout AttributeReader) throws {
        axes = try QuantizationAxes(&attributes)
        if let code = try attributes.int("output_dtype"), code != 0 {
            let type = try ElementType(onnx: code)
            guard type == .float32 || type.isHalf else {
                throw DeeperError(.invalidModel, "output_dtype is \(type.rawValue), expected a floating-point type")
            }
        }
    }

    var summary: String { axes.summary }

    var parameterInputs: [Int]? { [0] }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { inputs.value(1)?.shape.elementCount == 1 }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .int8, .uint8, .int16, .uint16, .int32)
        let scale = try inputs.shape(1, .float32)
        try axes.check(scale: scale, of: x)
        try inputs.checkScales(1)
        if inputs.has(2) {
            let (zeroPoint, type) = (try inputs.type(2), try inputs.type(0).elementType)
            guard zeroPoint.elementType == type,
                zeroPoint.shape == scale || zeroPoint.shape.elementCount == 1 && scale.elementCount == 1
            else {
                throw DeeperError(
                    .invalidModel, "the zero point is \(zeroPoint), expected \(TensorType(type, scale))")
            }
        }
        return [TensorType(.float32, x)]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        OperationCount(elementwise: outputs[0].shape.elementCount)
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        axes.layouts(inputs, outputs: outputs)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let nest = try axes.nest(input, scale: try request.input(1).shape, to: request.output)
        let hasZeroPoint = request.hasInput(2)
        let kernel = dequantizeKernel(
            input.elementType, nest: nest, hasZeroPoint: hasZeroPoint, options: request.options)
        return .kernel(kernel, inputs: hasZeroPoint ? [0, 1, 2] : [0, 1])
    }
}
