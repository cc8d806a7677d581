import DeeperKernels
import DeeperTensors

/// ONNX Expand: X broadcast to a shape.
struct Expand: Operator {
    static let name = "Expand"
    static let inputCount = 2...2
    static let firstOpset = 8

    init(_ attributes: inout AttributeReader) throws {}

    var valueInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        let wanted = try DeeperTensors.Shape(validating: try inputs.integers(1))
        return [TensorType(type.elementType, try broadcastShape([type.shape, wanted]))]
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let region = CopyRegion(
            extents: request.output.shape.dimensions, sourceStrides: input.strides(broadcastTo: request.output.shape),
            targetStrides: request.output.strides)
        return .kernel(
            try StridedCopyKernel("expand", elementType: input.elementType, regions: [region]), inputs: [0])
    }
}
