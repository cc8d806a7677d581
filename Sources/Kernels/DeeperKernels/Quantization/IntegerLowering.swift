public import DeeperTensors

/// The kernel for a convolution of 8-bit pixels by known filters.
///
/// - Parameters:
///   - shape: pitches in elements; one output.
///   - pixels: int8 or uint8.
///   - filters: [outputChannels, channelsPerGroup, taps...] row-major, less their zero points.
public func integerConvolutionKernel(
    _ shape: ConvolutionShape, _ pixels: ElementType, filters: [Int16], zeroPoint: ZeroPoint, epilogue: IntegerEpilogue
) -> any Kernel {
    if pixels == .int8 {
        return IntegerConvolutionKernel<Int8>(shape, filters: filters, zeroPoint: zeroPoint, epilogue: epilogue)
    }
    return IntegerConvolutionKernel<UInt8>(shape, filters: filters, zeroPoint: zeroPoint, epilogue: epilogue)
}
