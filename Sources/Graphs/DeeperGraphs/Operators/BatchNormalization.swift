public import DeeperKernels
public import DeeperTensors

/// ONNX BatchNormalization: Y = scale (X - mean) / sqrt(variance + epsilon) + shift, per channel.
///
/// Mean and variance are inputs. With training_mode = 1 (opset 14) they are those of X over all images and pixels, and
/// Y is the only supported output.
public struct BatchNormalization: ActivatingOperator {
    public static let name = "BatchNormalization"
    public static let inputCount = 5...5
    public static let outputCount = 1...5
    public let epsilon: Float
    /// Whether mean and variance are computed from the batch.
    public let usesBatchMoments: Bool
    public var ending = Ending.none

    public init(epsilon: Float) {
        self.epsilon = epsilon
        self.usesBatchMoments = false
    }

    public var attributes: [String: AttributeValue]? {
        usesBatchMoments ? ["epsilon": .float(epsilon), "training_mode": .int(1)] : ["epsilon": .float(epsilon)]
    }

    public init(_ attributes: inout AttributeReader) throws {
        epsilon = try attributes.float("epsilon", default: 1e-5)
        attributes.ignore("momentum", "consumed_inputs")
        // Exporters still write the attributes that opsets 7 and 9 removed.
        let isTest = try attributes.flag("is_test", default: attributes.opset >= 7)
        let isSpatial = try attributes.flag("spatial", default: true)
        usesBatchMoments = attributes.opset >= 14 ? try attributes.flag("training_mode") : false
        guard isSpatial else { throw DeeperError(.unsupported, "BatchNormalization with spatial = 0") }
        guard attributes.opset >= 14 || isTest, attributes.outputCount == 1 else {
            throw DeeperError(.unsupported, "BatchNormalization in training mode: running averages are not computed")
        }
    }

    public var valueInputs: [Int] { usesBatchMoments ? [] : [1, 2, 3, 4] }

    public var summary: String {
        [usesBatchMoments ? "moments of the batch" : "", ending.summary].filter { !$0.isEmpty }.joined(separator: " ")
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { !usesBatchMoments }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        guard x.rank >= 2 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        for index in 1...4 {
            let shape = try inputs.shape(index, .float32)
            guard shape.dimensions == [x[1]] else {
                throw DeeperError(.invalidModel, "input \(index) has shape \(shape), expected [\(x[1])]")
            }
        }
        return [TensorType(.float32, x)]
    }

    /// The factor and the addend of every channel, computed in float64.
    public func affine(scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor) throws
        -> (scale: [Float], shift: [Float])
    {
        let (scales, shifts) = (try scale.doubles(), try shift.doubles())
        let (means, variances) = (try mean.doubles(), try variance.doubles())
        let factors = zip(scales, variances).map { $0 / ($1 + Double(epsilon)).squareRoot() }
        let addends = shifts.indices.map { shifts[$0] - means[$0] * factors[$0] }
        return (factors.map { Float($0) }, addends.map { Float($0) })
    }

    /// The factor and the addend of a channel are known beforehand, unless they are computed from the batch. Then the
    /// operations for n elements are the mean (n), the variance (3 n), every element's difference, product and sum (3
    /// n), and three for the factor.
    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        let count = shape.elementCount
        let normalization =
            usesBatchMoments
            ? saturatingSum([saturatingProduct(7, count), saturatingProduct(3, shape[1])]) : saturatingProduct(2, count)
        return OperationCount(
            activation: saturatingProduct(count, ending.operationsPerElement), normalization: normalization)
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: inputs.count, outputs: outputs.count)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let pixels = input.shape[0] * input.shape.dimensions.dropFirst(2).reduce(1, *)
        if usesBatchMoments {
            let kernel = GroupNormKernel(
                "batch normalisation", images: 1, pixels: pixels, channels: input.shape[1], groups: input.shape[1],
                inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch, epsilon: epsilon, ending: ending,
                options: request.options)
            return .kernel(kernel, inputs: [0, 1, 2])
        }
        let (scale, shift) = try affine(
            scale: try request.knownValue(1), shift: try request.knownValue(2), mean: try request.knownValue(3),
            variance: try request.knownValue(4))
        let kernel = EpilogueKernel(
            pixels: pixels, channels: scale.count, inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch,
            Epilogue(scale: scale, bias: shift, ending: ending), options: request.options)
        return .kernel(kernel, inputs: [0])
    }
}
