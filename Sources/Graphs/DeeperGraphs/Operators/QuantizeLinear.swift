import DeeperKernels
import DeeperTensors

/// ONNX QuantizeLinear: X / scale to the nearest whole number, ties to even, plus the zero point, saturating.
struct QuantizeLinear: Operator {
    static let name = "QuantizeLinear"
    static let inputCount = 2...3
    static let firstOpset = 10
    private let axes: QuantizationAxes
    private let target: ElementType?

    init(_ attributes: inout AttributeReader) throws {
        axes = try QuantizationAxes(&attributes)
        let code = try attributes.int("output_dtype", default: 0)
        target = code == 0 ? nil : try ElementType(onnx: code)
        // `saturate` applies to 8-bit floats only, and the `precision` of the division is always float32 here.
        attributes.ignore("saturate", "precision")
    }

    var summary: String { axes.summary }

    var parameterInputs: [Int]? { [0] }

    /// A single scale is the same for any batch. Several scales may differ along axis 0.
    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { inputs.value(1)?.shape.elementCount == 1 }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32, .int32)
        let scale = try inputs.shape(1, .float32)
        try axes.check(scale: scale, of: x)
        try inputs.checkScales(1)
        let result = try inputs.has(2) ? inputs.type(2).elementType : target ?? .uint8
        guard target == nil || target == result else {
            throw DeeperError(.invalidModel, "output_dtype is not the zero point's type, \(result.rawValue)")
        }
        guard [.int8, .uint8, .int16, .uint16].contains(result) else {
            throw DeeperError(
                .unsupported, "quantised numbers of type \(result.rawValue); supported: int8, uint8, int16, uint16")
        }
        if inputs.has(2), case let shape = try inputs.shape(2), shape != scale,
            shape.elementCount != 1 || scale.elementCount != 1
        {
            throw DeeperError(.invalidModel, "the zero point has shape \(shape), the scale \(scale)")
        }
        return [TensorType(result, x)]
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
        let kernel = quantizeKernel(
            input.elementType, to: request.output.elementType, nest: nest, hasZeroPoint: hasZeroPoint,
            options: request.options)
        return .kernel(kernel, inputs: hasZeroPoint ? [0, 1, 2] : [0, 1])
    }
}

extension QuantizationAxes {
    /// X keeps its layout, unless blocks require row-major operands.
    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        guard !isBlocked else { return .rowMajor(inputs: inputs.count, outputs: outputs.count) }
        return .following([0], of: inputs, outputs: outputs)
    }
}
