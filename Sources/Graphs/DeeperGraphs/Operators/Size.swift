import DeeperKernels
import DeeperTensors

/// ONNX Size: the number of elements of X, int64.
struct Size: Operator {
    static let name = "Size"

    init(_ attributes: inout AttributeReader) throws {}

    var typeInputs: [Int] { [0] }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        _ = try inputs.type(0)
        return [TensorType(.int64, [])]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        .constants([try Tensor(scalar: Int64(request.input(0).shape.elementCount))])
    }
}
