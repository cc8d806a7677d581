internal import DeeperKernels
public import DeeperTensors

/// ONNX LRN: local response normalisation across channels.
public struct LRN: Operator {
    public static let name = "LRN"
    public let size: Int
    public let alpha: Float
    public let beta: Float
    public let bias: Float

    public init(_ attributes: inout AttributeReader) throws {
        guard let size = try attributes.int("size"), (1...WindowAttributes.largest).contains(size) else {
            throw DeeperError(.invalidModel, "attribute size is required and at least 1")
        }
        self.size = size
        alpha = try attributes.float("alpha", default: 0.0001)
        beta = try attributes.float("beta", default: 0.75)
        bias = try attributes.float("bias", default: 1)
    }

    public var summary: String { "size \(size), alpha \(alpha), beta \(beta), bias \(bias)" }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        guard x.rank >= 2 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        return [TensorType(.float32, x)]
    }

    /// For each element: its square, the additions of the squares in its window, a product, an addition, a power, and
    /// the product with the element.
    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        let shape = outputs[0].shape
        let channels = shape[1]
        // All windows as if they were whole, less the parts that overhang at both ends.
        func overhang(_ reach: Int) -> Int {
            let short = min(reach, channels)
            return short * reach - short * (short - 1) / 2
        }
        let whole = saturatingProduct(channels, size)
        let squares = max(0, whole - overhang((size - 1) / 2) - overhang(size / 2))
        let pixels = channels == 0 ? 0 : shape.elementCount / channels
        return OperationCount(
            normalization: saturatingProduct(pixels, saturatingSum([squares, saturatingProduct(4, channels)])))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: 1, outputs: 1)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let pixels = input.shape[0] * input.shape.dimensions.dropFirst(2).reduce(1, *)
        let kernel = LRNKernel(
            pixels: pixels, channels: input.shape[1], inputPitch: input.pixelPitch,
            outputPitch: request.output.pixelPitch, size: size, alpha: alpha, beta: beta, bias: bias,
            options: request.options)
        return .kernel(kernel, inputs: [0])
    }
}
