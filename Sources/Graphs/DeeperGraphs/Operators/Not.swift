import DeeperKernels
import DeeperTensors

/// ONNX Not: negation of bool, elementwise.
struct Not: Operator {
    static let name = "Not"

    init(_ attributes: inout AttributeReader) throws {}

    func infer(_ inputs: NodeInputs) throws -> [TensorType] { [TensorType(.bool, try inputs.shape(0, .bool))] }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: false)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let count = request.output.shape.elementCount
        return .kernel(MapKernel(count: count) { (x: UInt8) in x == 0 ? UInt8(1) : 0 }, inputs: [0])
    }
}
