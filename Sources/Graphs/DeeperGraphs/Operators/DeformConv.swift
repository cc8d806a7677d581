import DeeperKernels
import DeeperTensors

/// ONNX DeformConv in two dimensions: a convolution whose taps are displaced by offsets, and weighted by a mask if
/// there is one.
///
/// X is [N, C, H, W], W [K, C / groups, R, S], the offsets [N, offset groups * R * S * 2, P, Q] (first down, then
/// across), the bias [K], the mask [N, offset groups * R * S, P, Q], and Y [N, K, P, Q]. The weights may be computed
/// during the run.
struct DeformConv: Operator {
    static let name = "DeformConv"
    static let inputCount = 3...5
    static let firstOpset = 19
    private let window: WindowAttributes
    private let groups: Int
    private let offsetGroups: Int

    init(_ attributes: inout AttributeReader) throws {
        window = try WindowAttributes(&attributes)
        guard window.autoPad == .notSet else { throw DeeperError(.invalidModel, "DeformConv has no auto_pad") }
        groups = try attributes.int("group", default: 1)
        offsetGroups = try attributes.int("offset_group", default: 1)
        guard groups > 0, offsetGroups > 0 else {
            throw DeeperError(
                .invalidModel,
                "attributes group and offset_group are \(groups) and \(offsetGroups), expected at least 1")
        }
    }

    var summary: String { window.summary }

    private func geometry(_ x: Shape, _ w: Shape) throws -> WindowGeometry {
        guard x.rank == 4, w.rank == 4 else {
            throw DeeperError(.unsupported, "X has shape \(x) and W \(w), supported: two spatial axes")
        }
        let kernel = Array(w.dimensions[2...])
        if let declared = window.kernelShape, declared != kernel {
            throw DeeperError(.invalidModel, "kernel_shape is \(declared), W has shape \(w)")
        }
        guard w.elementCount > 0, saturatingProduct(w[1], groups) == x[1], w[0] % groups == 0,
            x[1] % offsetGroups == 0
        else {
            throw DeeperError(
                .invalidModel,
                "X has shape \(x) and W \(w), which do not fit in \(groups) groups and \(offsetGroups) offset groups")
        }
        guard max(w.elementCount, x.elementCount) <= Int32.max else {
            throw DeeperError(.limitExceeded, "X has shape \(x) and W \(w), of more elements than 2^31")
        }
        return try window.window(input: Array(x.dimensions[2...]), kernel: kernel).geometry
    }

    func infer(_ inputs: NodeInputs) throws -> [TensorType] {
        let (x, w) = (try inputs.shape(0, .float32), try inputs.shape(1, .float32))
        let geometry = try geometry(x, w)
        let spatial = [geometry.output[1], geometry.output[2]]
        let taps = saturatingProduct(offsetGroups, geometry.taps)
        var expected: [(input: Int, name: String, dimensions: [Int])] = [
            (2, "the offsets", [x[0], saturatingProduct(2, taps)] + spatial)
        ]
        if inputs.has(3) { expected.append((3, "the bias", [w[0]])) }
        if inputs.has(4) { expected.append((4, "the mask", [x[0], taps] + spatial)) }
        for (input, name, dimensions) in expected {
            let shape = try inputs.shape(input, .float32)
            guard shape.dimensions == dimensions else {
                throw DeeperError(.invalidModel, "\(name) has shape \(shape), expected \(dimensions)")
            }
        }
        return [TensorType(.float32, try Shape(validating: [x[0], w[0]] + spatial))]
    }

    func operations(_ inputs: [TensorType?], _ outputs: [TensorType]) -> OperationCount {
        guard let w = inputs[1]?.shape, w[0] > 0 else { return OperationCount() }
        let sums = outputs[0].shape.elementCount
        let macs = saturatingProduct(sums, w.elementCount / w[0])
        // Each sample of a channel is interpolated from four pixels: seven operations, and one for the mask.
        let samples = saturatingProduct(sums / w[0], inputs[0]?.shape[1] ?? 0, w[2], w[3])
        let hasMask = inputs.count > 4 && inputs[4] != nil
        return OperationCount(
            macs: macs, sums: sums, bias: inputs.count > 3 && inputs[3] != nil ? sums : 0,
            elementwise: saturatingProduct(samples, hasMask ? 8 : 7))
    }

    func lower(_ request: LoweringRequest) throws -> Lowering {
        let (x, w) = (try request.input(0).shape, try request.input(1).shape)
        let kernel = DeformableConvolutionKernel(
            window: try geometry(x, w), images: x[0], inputChannels: x[1], outputChannels: w[0], groups: groups,
            offsetGroups: offsetGroups, hasBias: request.hasInput(3), hasMask: request.hasInput(4),
            options: request.options)
        return .kernel(kernel, inputs: (0...4).filter { request.hasInput($0) })
    }
}
