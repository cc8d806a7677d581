import DeeperKernels
import DeeperTensors

/// ONNX CastLike: the numbers of input 0 in the element type of input 1, converted as by ``Cast``.
struct CastLike: Operator {
    static let name = "CastLike"
    static let inputCount = 2...2
    static let firstOpset = 15

    init(_ attributes: inout AttributeReader) throws { attributes.ignore("saturate", "round_mode") }

    var typeInputs: [Int] { [1] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        [TensorType(try inputs.type(1).elementType, try inputs.shape(0))]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        var choice = LayoutChoice.following([inputs[0]], outputs: outputs, slices: false)
        choice.inputs.append(inputs[1]?.layout ?? .rowMajor)
        return choice
    }

    func lower(_ request: LoweringRequest) throws -> Lowering { try request.cast() }
}
