internal import DeeperKernels
public import DeeperTensors

/// ONNX AveragePool: the mean of each window, over the elements inside the picture or over padding as well.
public struct AveragePool: Operator {
    public static let name = "AveragePool"
    public var window: WindowAttributes
    public var includesPadding: Bool

    public init(_ attributes: inout AttributeReader) throws {
        window = try WindowAttributes(&attributes, hasCeilMode: true)
        includesPadding = try attributes.flag("count_include_pad")
        _ = try window.requiredKernel()
    }

    public var attributes: [String: AttributeValue]? {
        window.attributes.merging(includesPadding ? ["count_include_pad": .int(1)] : [:]) { window, _ in window }
    }

    public var summary: String { window.summary + (includesPadding ? ", padding counts" : "") }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32)
        guard x.rank >= 3 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        let spatial = try window.outputExtents(input: Array(x.dimensions[2...]), kernel: window.requiredKernel())
        return [TensorType(.float32, try Shape(validating: [x[0], x[1]] + spatial))]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        // For each window, one addition less than it has taps, and a product.
        OperationCount(pooling: windowTaps(window, inputs, outputs))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: 1, outputs: 1)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let (geometry, after) = try window.window(
            input: Array(input.shape.dimensions[2...]), kernel: try window.requiredKernel())
        let kernel = PoolKernel(
            .average(includesPadding: includesPadding), window: geometry, padAfter: after, images: input.shape[0],
            channels: input.shape[1], inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch,
            options: request.options)
        return .kernel(kernel, inputs: [0])
    }
}
