import DeeperKernels
import DeeperTensors

/// ONNX InstanceNormalization: every channel of every image is normalised, then multiplied by a scale and added to a
/// shift.
struct InstanceNormalization: Operator {
    static let name = "InstanceNormalization"
    static let inputCount = 3...3
    private let epsilon: Float

    init(_ attributes: inout AttributeReader) throws {
        epsilon = try attributes.float("epsilon", default: 1e-5)
        attributes.ignore("consumed_inputs")
    }

    func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        guard x.rank >= 3 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        for index in 1...2 {
            let shape = try inputs.shape(index, .float32)
            guard shape.dimensions == [x[1]] else {
                throw DeeperError(.invalidModel, "input \(index) has shape \(shape), expected [\(x[1])]")
            }
        }
        return [TensorType(.float32, x)]
    }

    /// For a plane of n pixels: the mean (n), the variance (3 n), every pixel's product and sum (2 n), and five for the
    /// factor and the addend.
    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        let planes = saturatingProduct(shape[0], shape[1])
        return OperationCount(
            normalization: saturatingSum([saturatingProduct(6, shape.elementCount), saturatingProduct(5, planes)]))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let shape = try request.input(0).shape
        let kernel = InstanceNormKernel(
            images: shape[0], channels: shape[1], pixels: shape.dimensions.dropFirst(2).reduce(1, *), epsilon: epsilon)
        return .kernel(kernel, inputs: [0, 1, 2])
    }
}
