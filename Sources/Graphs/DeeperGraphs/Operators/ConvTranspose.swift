public import DeeperKernels
public import DeeperTensors

/// ONNX ConvTranspose: every input pixel is spread over a window of the output; the gradient of Conv with respect to
/// its input.
public struct ConvTranspose: ActivatingOperator {
    public static let name = "ConvTranspose"
    public static let inputCount = 2...3
    private let window: WindowAttributes
    private let groups: Int
    private let outputPadding: [Int]?
    private let outputShape: [Int]?

    public init(_ attributes: inout AttributeReader) throws {
        window = try WindowAttributes(&attributes)
        groups = try attributes.int("group", default: 1)
        outputPadding = try WindowAttributes.checked(attributes.ints("output_padding"), "output_padding", atLeast: 0)
        outputShape = try WindowAttributes.checked(attributes.ints("output_shape"), "output_shape", atLeast: 1)
        guard groups > 0 else { throw DeeperError(.invalidModel, "attribute group is \(groups), expected at least 1") }
    }

    public var valueInputs: [Int] { [1, 2] }
    public var ending = Ending.none
    public var summary: String { window.summary + ending.summary }

    /// The window of the convolution that this one transposes: its output is this operator's input.
    private func geometry(_ x: DeeperTensors.Shape, _ w: DeeperTensors.Shape, _ bias: DeeperTensors.Shape?) throws
        -> WindowGeometry
    {
        guard x.rank >= 3, x.rank <= 5, w.rank == x.rank, w[0] == x[1], x[1] % groups == 0 else {
            throw DeeperError(.invalidModel, "X has shape \(x) and W \(w), which do not fit in \(groups) groups")
        }
        if let bias, bias.dimensions != [saturatingProduct(w[1], groups)] {
            throw DeeperError(.invalidModel, "the bias has shape \(bias), expected [\(w[1] * groups)]")
        }
        let rank = x.rank - 2
        let kernel = Array(w.dimensions[2...])
        if let declared = window.kernelShape, declared != kernel {
            throw DeeperError(.invalidModel, "kernel_shape is \(declared), W has shape \(w)")
        }
        guard w.elementCount > 0 else { throw DeeperError(.invalidModel, "W has shape \(w), which has no elements") }
        func values(_ list: [Int]?, _ name: String, _ count: Int, _ filler: Int) throws -> [Int] {
            let result = list ?? Array(repeating: filler, count: count)
            guard result.count == count else {
                throw DeeperError(.invalidModel, "\(name) has \(result.count) values, expected \(count)")
            }
            return result
        }
        let strides = try values(window.strides, "strides", rank, 1)
        let dilations = try values(window.dilations, "dilations", rank, 1)
        let extra = try values(outputPadding, "output_padding", rank, 0)
        let pads = try values(window.autoPad == .notSet ? window.pads : nil, "pads", 2 * rank, 0)
        let wanted = try outputShape.map { try values(Array($0.suffix(rank)), "output_shape", rank, 0) }
        var output: [Int] = []
        var before: [Int] = []
        for axis in 0..<rank {
            guard x[axis + 2] <= WindowAttributes.largest else {
                throw DeeperError(.limitExceeded, "X has shape \(x), extents beyond 2^31 are not supported")
            }
            let full = strides[axis] * (x[axis + 2] - 1) + extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1
            let isSame = window.autoPad.isSame
            if wanted != nil || isSame {
                let extent = wanted?[axis] ?? x[axis + 2] * strides[axis]
                let total = max(0, full - extent)
                before.append(window.autoPad == .sameUpper ? total / 2 : total - total / 2)
                output.append(extent)
            } else {
                before.append(pads[axis])
                output.append(full - pads[axis] - pads[rank + axis])
            }
        }
        guard output.allSatisfy({ $0 > 0 }) else {
            throw DeeperError(.invalidModel, "the output would have spatial shape \(output)")
        }
        return WindowGeometry(
            input: output, output: Array(x.dimensions[2...]), kernel: kernel, stride: strides, dilation: dilations,
            padBefore: before)
    }

    public func computesEntriesAlone(_ inputs: NodeInputs) -> Bool { true }

    public func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (x, w) = (try inputs.shape(0, .float32), try inputs.shape(1, .float32))
        let geometry = try geometry(x, w, inputs.has(2) ? try inputs.shape(2, .float32) : nil)
        let spatial = (3 - (x.rank - 2)..<3).map { geometry.input[$0] }
        return [
            TensorType(
                .float32, try DeeperTensors.Shape(validating: [x[0], saturatingProduct(w[1], groups)] + spatial))
        ]
    }

    public func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let x = inputs[0]?.shape, let w = inputs[1]?.shape, w[0] > 0 else { return OperationCount() }
        let sums = outputs[0].shape.elementCount
        let macs = saturatingProduct(x.elementCount, w.elementCount / w[0])
        return OperationCount(
            macs: macs, sums: min(sums, macs), bias: inputs.count > 2 && inputs[2] != nil ? sums : 0,
            activation: saturatingProduct(sums, ending.operationsPerElement))
    }

    public func layouts(_ inputs: [TensorDescriptor?], outputs: [TensorType]) -> LayoutChoice {
        .image(inputs: inputs.count, outputs: outputs.count)
    }

    public func lower(_ request: LoweringRequest) throws -> Lowering {
        let input = try request.input(0)
        let weights = try request.knownValue(1)
        let bias = try request.knownFloats(2)
        let window = try geometry(input.shape, weights.shape, bias.map { [$0.count] })
        let epilogue = Epilogue(bias: bias, ending: ending)
        let (channels, filters) = (input.shape[1], request.output.shape[1])
        let kernel: any Kernel =
            request.options.packsFilters && PackedTransposedConvolutionKernel.supports(window, groups: groups)
            ? try PackedTransposedConvolutionKernel(
                window: window, images: input.shape[0], inputChannels: channels, outputChannels: filters,
                inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch, weights: Weights(weights),
                epilogue: epilogue, options: request.options)
            : try TransposedConvolutionKernel(
                window: window, images: input.shape[0], inputChannels: channels, outputChannels: filters,
                groups: groups, inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch,
                weights: try weights.elements(as: Float.self), epilogue: epilogue, options: request.options)
        return .kernel(kernel, inputs: [0])
    }
}
