public import DeeperTensors

/// The choice of algorithm for convolutions whose filters are packed.
public enum ConvolutionAlgorithm: String, Sendable, CaseIterable {
    /// Winograd where it is estimated to be faster, from the geometry alone.
    case auto
    /// Never Winograd: the smallest rounding errors.
    case direct
    /// Winograd wherever it applies.
    case winograd
}

/// Makes the kernel for a convolution: depthwise or in narrow groups, with few filters, packed (direct or
/// Winograd), or by a ``GemmProvider``.
///
/// - Parameters: as of ``GemmConvolutionKernel``.
/// - Throws: `limitExceeded` if memory for the weights is refused.
public func convolutionKernel(
    _ shape: ConvolutionShape, weights: Weights<Float>, epilogue: Epilogue, options: KernelOptions
) throws -> any Kernel {
    if let (shape, weights, note) = shape.trimmed(weights) {
        var options = options
        options.step = options.step.map { "\($0) \(note)" }
        return try convolutionKernel(shape, weights: weights, epilogue: epilogue, options: options)
    }
    if shape.isDepthwise || shape.hasNarrowGroups && options.packsFilters, shape.outputs.count == 1 {
        return try DepthwiseConvolutionKernel(shape, weights: weights, epilogue: epilogue, options: options)
    }
    let method =
        options.packsFilters
        ? options.tuning?.method(for: shape) ?? .estimated(for: shape, options.algorithm) : ConvolutionMethod.gemm
    switch method {
    case .gemm: return try GemmConvolutionKernel(shape, weights: weights, epilogue: epilogue, options: options)
    case .winograd(let form):
        return try WinogradConvolutionKernel(
            shape, form: form, weights: weights, epilogue: epilogue, options: options)
    case .direct:
        if let kernel = try PlanarConvolutionKernel(shape, weights: weights, epilogue: epilogue, options: options) {
            return kernel
        }
        return try PackedConvolutionKernel(shape, weights: weights, epilogue: epilogue, options: options)
    }
}
