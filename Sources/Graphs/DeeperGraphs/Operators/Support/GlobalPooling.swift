import DeeperKernels
import DeeperTensors

/// Attributes that exporters write with global poolings although ONNX has none there. They are accepted if they do not
/// change the result.
struct GlobalPoolAttributes: Sendable {
    private let kernelShape: [Int]?

    init(_ attributes: inout AttributeReader) throws {
        kernelShape = try attributes.ints("kernel_shape")
        if let pads = try attributes.ints("pads"), pads.contains(where: { $0 != 0 }) {
            throw DeeperError(.invalidModel, "pads \(pads) of a global pooling, expected none")
        }
        // These cannot affect a single window over everything.
        attributes.ignore("strides", "ceil_mode", "count_include_pad")
    }

    /// The result's shape: that of X with one pixel.
    ///
    /// - Throws: `invalidModel` if X has no spatial axes, or if an attribute gives a smaller window.
    func output(of x: DeeperTensors.Shape) throws -> DeeperTensors.Shape {
        guard x.rank >= 3, x.dimensions.dropFirst(2).allSatisfy({ $0 > 0 }) else {
            throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and spatial axes")
        }
        if let kernelShape, kernelShape != Array(x.dimensions.dropFirst(2)) {
            throw DeeperError(
                .invalidModel,
                "kernel_shape \(kernelShape) of a global pooling of \(x), expected the full extent or none")
        }
        return DeeperTensors.Shape([x[0], x[1]] + Array(repeating: 1, count: x.rank - 2))
    }
}

func inferGlobalPool(_ inputs: NodeInputs, _ attributes: GlobalPoolAttributes) throws -> [TensorType] {
    [TensorType(.float32, try attributes.output(of: inputs.shape(0, .float32)))]
}

/// The single window over all spatial positions. All spatial axes are treated as one.
func globalWindow(_ x: DeeperTensors.Shape) -> WindowGeometry {
    let pixels = x.dimensions.dropFirst(2).reduce(1, *)
    return WindowGeometry(
        input: [pixels], output: [1], kernel: [pixels], stride: [1], dilation: [1], padBefore: [0])
}

/// A reduction of every channel over all spatial positions.
func globalPool(_ request: LoweringRequest, _ reduction: Reduction) throws -> any Kernel {
    let input = try request.input(0)
    let pixels = input.shape.dimensions.dropFirst(2).reduce(1, *)
    let kept = try LoopNest.make(
        extents: [input.shape[0], input.shape[1]],
        strides: [[pixels * input.pixelPitch, 1], [request.output.pixelPitch, 1]])
    let reduced = try LoopNest.make(extents: [pixels], strides: [[input.pixelPitch]])
    if let kernel = FloatReduceKernel(reduction, kept: kept, reduced: reduced, options: request.options) {
        return kernel
    }
    return ReduceKernel<Float>(reduction, kept: kept, reduced: reduced)
}
