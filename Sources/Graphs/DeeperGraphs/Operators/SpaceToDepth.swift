import DeeperKernels
import DeeperTensors

/// ONNX SpaceToDepth: blocks of space stacked into channels.
struct SpaceToDepth: Operator {
    static let name = "SpaceToDepth"
    private let form: BlockForm
    private var block: Int { form.block }

    init(_ attributes: inout AttributeReader) throws { form = try BlockForm(&attributes) }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let type = try inputs.type(0)
        guard type.shape.rank == 4, type.shape[2] % block == 0, type.shape[3] % block == 0 else {
            throw DeeperError(.invalidModel, "shape \(type.shape) does not fit block size \(block)")
        }
        let channels = saturatingProduct(type.shape[1], block, block)
        let shape = try DeeperTensors.Shape(validating: [
            type.shape[0], channels, type.shape[2] / block, type.shape[3] / block,
        ])
        return [TensorType(type.elementType, shape)]
    }

    func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .following(inputs, outputs: outputs, slices: true)
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        return .kernel(
            try blockCopy(
                "space to depth", deep: request.output, wide: input, block: block, mode: form.mode, isDeepSource: false),
            inputs: [0])
    }
}
