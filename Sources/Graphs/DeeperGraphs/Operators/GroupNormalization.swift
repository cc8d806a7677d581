public import DeeperKernels
public import DeeperTensors

/// ONNX GroupNormalization: Y = scale (X - mean) / sqrt(variance + epsilon) + shift with the moments of a group of
/// channels over all pixels of an image; scale and shift have one number per channel, before opset 21 one per group.
public struct GroupNormalization: ActivatingOperator {
    public static let name = "GroupNormalization"
    public static let firstOpset = 18
    public static let inputCount = 3...3
    private let groups: Int
    private let epsilon: Float
    private let scalesGroups: Bool

    public var ending = Ending.none
    public var summary: String { "groups \(groups)" + ending.summary }

    public init(_ attributes: inout AttributeReader) throws {
        guard let groups = try attributes.int("num_groups"), groups > 0 else {
            throw DeeperError(.invalidModel, "attribute num_groups is required and at least 1")
        }
        self.groups = groups
        epsilon = try attributes.float("epsilon", default: 1e-5)
        scalesGroups = attributes.opset < 21
        // The type of the intermediate statistics; here it is always float64.
        if attributes.opset >= 21 { attributes.ignore("stash_type") }
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        guard x.rank >= 2, x[1] % groups == 0, x[1] > 0 else {
            throw DeeperError(.invalidModel, "X has shape \(x), expected N, C in \(groups) groups, and spatial axes")
        }
        let count = scalesGroups ? groups : x[1]
        for index in 1...2 {
            let shape = try inputs.shape(index, .float32)
            guard shape.dimensions == [count] else {
                throw DeeperError(.invalidModel, "input \(index) has shape \(shape), expected [\(count)]")
            }
        }
        return [TensorType(.float32, x)]
    }

    /// For a group of n elements: the mean (n), the variance (3 n), every element's difference, product and sum (3 n),
    /// and three for the factor.
    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        return OperationCount(
            activation: saturatingProduct(shape.elementCount, ending.operationsPerElement),
            normalization: saturatingSum([
                saturatingProduct(7, shape.elementCount), saturatingProduct(3, shape[0], groups),
            ]))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: inputs.count, outputs: outputs.count)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let kernel = GroupNormKernel(
            "group normalisation", images: input.shape[0], pixels: input.shape.dimensions.dropFirst(2).reduce(1, *),
            channels: input.shape[1], groups: groups, inputPitch: input.pixelPitch,
            outputPitch: request.output.pixelPitch, epsilon: epsilon, scalesGroups: scalesGroups, ending: ending,
            options: request.options)
        return .kernel(kernel, inputs: [0, 1, 2])
    }
}
