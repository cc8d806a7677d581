public import DeeperTensors

/// Makes the kernel for a convolution of 8-bit pixels with known filters.
///
/// - Parameters:
///   - shape: the convolution, with pitches in elements, one output and, if the epilogue has one, a residual, which is
///     the operand before the output.
///   - pixels: int8 or uint8.
///   - weights: [outputChannels, channelsPerGroup, taps...] row-major, with their zero points subtracted.
///   - fitsBytes: whether these weights are from -128 to 127.
/// - Throws: `limitExceeded` if memory for the weights is refused.
public func integerConvolutionKernel(
    _ shape: ConvolutionShape, _ pixels: ElementType, weights: Weights<Int16>, fitsBytes: Bool, zeroPoint: ZeroPoint,
    epilogue: IntegerEpilogue, options: KernelOptions
) throws -> any Kernel {
    if options.packsFilters, PackedIntegerConvolutionKernel.supports(shape) {
        return try PackedIntegerConvolutionKernel(
            shape, pixels, weights: weights, fitsBytes: fitsBytes, zeroPoint: zeroPoint, epilogue: epilogue,
            options: options)
    }
    if options.packsFilters, epilogue.residual == nil, DepthwiseIntegerKernel.supports(shape) {
        return try DepthwiseIntegerKernel(
            shape, pixels, weights: weights, fitsBytes: fitsBytes, zeroPoint: zeroPoint, epilogue: epilogue,
            options: options)
    }
    let filters = try weights.values()
    if pixels == .int8 {
        return IntegerConvolutionKernel<Int8>(shape, filters: filters, zeroPoint: zeroPoint, epilogue: epilogue)
    }
    return IntegerConvolutionKernel<UInt8>(shape, filters: filters, zeroPoint: zeroPoint, epilogue: epilogue)
}

/// Makes the kernel for rows of 8-bit numbers times a known matrix: a 1x1 convolution of one-pixel images.
///
/// - Parameters:
///   - weights: [n, k] row-major, with their zero points subtracted.
/// - Throws: `limitExceeded` if memory for the weights is refused.
public func integerDenseKernel(
    rows: Int, k: Int, n: Int, _ elements: ElementType, weights: Weights<Int16>, fitsBytes: Bool, zeroPoint: ZeroPoint,
    epilogue: IntegerEpilogue, options: KernelOptions
) throws -> any Kernel {
    let pixel = WindowGeometry(
        input: [1, 1], output: [1, 1], kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padBefore: [0, 0])
    let shape = ConvolutionShape(
        window: pixel, images: rows, inputChannels: k, outputChannels: n, groups: 1, inputPitch: k,
        outputs: [.init(channels: n, pitch: n)])
    return try integerConvolutionKernel(
        shape, elements, weights: weights, fitsBytes: fitsBytes, zeroPoint: zeroPoint, epilogue: epilogue,
        options: options)
}
