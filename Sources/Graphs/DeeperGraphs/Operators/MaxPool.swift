internal import DeeperKernels
public import DeeperTensors

/// ONNX MaxPool: the largest element of each window and, as an optional output, its position.
public struct MaxPool: Operator {
    public static let name = "MaxPool"
    public static let outputCount = 1...2
    public var window: WindowAttributes
    private let isColumnMajor: Bool
    private let outputCount: Int

    public init(_ attributes: inout AttributeReader) throws {
        window = try WindowAttributes(&attributes, hasCeilMode: true)
        isColumnMajor = try attributes.flag("storage_order")
        outputCount = attributes.outputCount
        _ = try window.requiredKernel()
    }

    public var attributes: [String: AttributeValue]? {
        window.attributes.merging(isColumnMajor ? ["storage_order": .int(1)] : [:]) { window, _ in window }
    }

    public var summary: String { window.summary }

    /// Not if there are indices: they count from the first element of the batch.
    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { outputCount == 1 }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let x = try inputs.shape(0, .float32, .float64, .int8, .uint8)
        guard x.rank >= 3 else { throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes") }
        let spatial = try window.outputExtents(input: Array(x.dimensions[2...]), kernel: window.requiredKernel())
        let shape = try Shape(validating: [x[0], x[1]] + spatial)
        return [TensorType(try inputs.type(0).elementType, shape), TensorType(.int64, shape)]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        // For each window, one comparison less than it has taps; what the indices need in addition is not counted.
        let taps = windowTaps(window, inputs, outputs)
        return OperationCount(pooling: max(0, taps - outputs[0].shape.elementCount))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        let types: [ElementType] = [.float32, .int8, .uint8]
        guard let type = inputs[0]?.elementType, types.contains(type), outputs.count == 1 else {
            return .rowMajor(inputs: inputs.count, outputs: outputs.count)
        }
        return .image(inputs: 1, outputs: 1)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let (geometry, after) = try window.window(
            input: Array(input.shape.dimensions[2...]), kernel: try window.requiredKernel())
        if input.elementType == .float32, request.outputs.count == 1 {
            let kernel = PoolKernel(
                .maximum, window: geometry, padAfter: after, images: input.shape[0], channels: input.shape[1],
                inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch, options: request.options)
            return .kernel(kernel, inputs: [0])
        }
        if request.output.layout == .channelsLast || input.layout == .channelsLast {
            let kernel = BytePoolKernel(
                input.elementType, window: geometry, images: input.shape[0], channels: input.shape[1],
                inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch, options: request.options)
            return .kernel(kernel, inputs: [0])
        }
        let planes = input.shape[0] * input.shape[1]
        let kernel: any Kernel =
            switch input.elementType {
            case .float64: planar(Double.self, geometry, planes, request)
            case .int8: planar(Int8.self, geometry, planes, request)
            case .uint8: planar(UInt8.self, geometry, planes, request)
            default: planar(Float.self, geometry, planes, request)
            }
        return .kernel(kernel, inputs: [0])
    }

    private func planar<Element: NumericElement & Comparable>(
        _ type: Element.Type, _ geometry: WindowGeometry, _ planes: Int, _ request: LoweringRequest
    ) -> any Kernel {
        MaxPoolIndicesKernel<Element>(
            window: geometry, planes: planes, hasIndices: request.outputs.count > 1, isColumnMajor: isColumnMajor)
    }
}
