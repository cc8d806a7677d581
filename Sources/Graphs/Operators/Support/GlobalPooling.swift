import Kernels
import Tensors

func inferGlobalPool(_ inputs: NodeInputs) throws -> [TensorType] {
    let x = try inputs.shape(0, .float32)
    guard x.rank >= 3, x.dimensions.dropFirst(2).allSatisfy({ $0 > 0 }) else {
        throw DeeperError(.invalidModel, "X has shape \(x), expected N, C and space")
    }
    return [TensorType(.float32, Tensors.Shape([x[0], x[1]] + Array(repeating: 1, count: x.rank - 2)))]
}

/// A pooling with one window over all of space; space of any rank is seen as one axis.
func globalPool(_ request: LoweringRequest, _ pooling: Pooling) throws -> PoolKernel {
    let input = try request.input(0)
    let pixels = input.shape.dimensions.dropFirst(2).reduce(1, *)
    let window = WindowGeometry(
        input: [pixels], output: [1], kernel: [pixels], stride: [1], dilation: [1], padBefore: [0])
    return PoolKernel(
        pooling, window: window, padAfter: [0], images: input.shape[0], channels: input.shape[1],
        inputPitch: input.pixelPitch, outputPitch: request.output.pixelPitch, options: request.options)
}
