internal import CDeeperKernels

/// The gradient of the input of any planar convolution: for every tap, dX[p of t] += dY[p] W[t]^T, as products of rows
/// of output pixels by a ``GemmProvider``. If the stride is 1, a convolution with reversed filters is faster.
///
/// Operand 0: dY, 1: W in ``FilterLayout``, 2: dX. Tiles are (image, group).
public final class StridedDataGradientKernel: Kernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport { KernelReport("GEMM + scatter", provider: gemm.name, convolution: shape) }
    private let shape: ConvolutionShape
    private let gradientPitch: Int
    private let adds: Bool
    private let gemm: any GemmProvider
    private let loops: VectorLoops

    /// - Parameters:
    ///   - shape: the convolution, with the pitch of dX.
    ///   - gradientPitch: the distance in floats from one pixel of dY to the next.
    ///   - adds: whether the gradient is added to the contents of dX.
    public init(_ shape: ConvolutionShape, gradientPitch: Int, adds: Bool, options: KernelOptions) {
        precondition(shape.window.isPlanar)
        self.shape = shape
        self.gradientPitch = gradientPitch
        self.adds = adds
        self.gemm = options.gemm
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, shape.images * shape.groups)
        self.scratchByteCount = shape.window.output[2] * shape.channelsPerGroup * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = shape.window
        let (image, group) = (tile / shape.groups, tile % shape.groups)
        guard image < shape.images else { return }
        let (channels, filters, width) = (shape.channelsPerGroup, shape.filtersPerGroup, window.output[2])
        let target = operands.floats(2) + image * window.inputPixels * shape.inputPitch + group * channels
        if !adds {
            for pixel in 0..<window.inputPixels {
                (target + pixel * shape.inputPitch).update(repeating: 0, count: channels)
            }
        }
        for row in 0..<window.output[1] {
            let gradient =
                operands.floats(0) + (image * window.outputPixels + row * width) * gradientPitch + group * filters
            for tapRow in 0..<window.kernel[1] {
                let inputRow = row * window.stride[1] - window.padBefore[1] + tapRow * window.dilation[1]
                guard (0..<window.input[1]).contains(inputRow) else { continue }
                for tapColumn in 0..<window.kernel[2] {
                    let tap = tapRow * window.kernel[2] + tapColumn
                    gemm.multiply(
                        m: width, n: channels, k: filters, a: gradient, aPitch: gradientPitch,
                        b: operands.floats(1) + group * filters * shape.reduction + tap * channels,
                        bPitch: shape.reduction, c: scratch.floats, cPitch: channels)
                    for column in 0..<width {
                        let inputColumn =
                            column * window.stride[2] - window.padBefore[2] + tapColumn * window.dilation[2]
                        guard (0..<window.input[2]).contains(inputColumn) else { continue }
                        let pixel = target + (inputRow * window.input[2] + inputColumn) * shape.inputPitch
                        var sum = ck_epilogue(residual: scratch.floats + column * channels)
                        loops.table.finish(pixel, 0, pixel, 0, 1, channels, &sum)
                    }
                }
            }
        }
    }
}
