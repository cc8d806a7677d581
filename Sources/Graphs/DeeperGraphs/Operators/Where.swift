import DeeperKernels
import DeeperTensors

/// ONNX Where: elements of A where the condition is true, of B elsewhere, with broadcasting.
struct Where: Operator {
    static let name = "Where"
    static let inputCount = 3...3
    static let firstOpset = 9

    init(_ attributes: inout AttributeReader) throws {}

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let condition = try inputs.shape(0, .bool)
        let (a, b) = (try inputs.type(1), try inputs.type(2))
        guard a.elementType == b.elementType else {
            throw DeeperError(.invalidModel, "operands are \(a) and \(b), expected one type")
        }
        return [TensorType(a.elementType, try broadcastShape([condition, a.shape, b.shape]))]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let nest = try LoopNest.broadcasting(
            [try request.input(0), try request.input(1), try request.input(2)], to: request.output)
        return .kernel(SelectKernel(nest: nest, elementType: request.output.elementType), inputs: [0, 1, 2])
    }
}
