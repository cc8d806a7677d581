public import DeeperTensors

/// Makes the kernel for Y[rows x n] = epilogue(X[rows x k] W[k x n]) with known weights. It uses packed products if
/// filters are packed.
///
/// The bits of a row do not depend on other rows.
///
/// - Parameter weights: k x n, or n x k if they are `transposed`; row-major.
/// - Throws: `limitExceeded` if memory for the weights is refused.
public func denseKernel(
    rows: Int, k: Int, n: Int, weights: Weights<Float>, transposed isTransposed: Bool, epilogue: Epilogue,
    options: KernelOptions
) throws -> any Kernel {
    guard options.packsFilters else {
        let values = isTransposed ? weights.map { transposed($0, rows: n, columns: k) } : weights
        return DenseKernel(rows: rows, k: k, n: n, weights: try values.values(), epilogue: epilogue, options: options)
    }
    // A fully connected layer is a 1x1 convolution of one-pixel images.
    let pixel = WindowGeometry(
        input: [1, 1], output: [1, 1], kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padBefore: [0, 0])
    let shape = ConvolutionShape(
        window: pixel, images: rows, inputChannels: k, outputChannels: n, groups: 1, inputPitch: k,
        outputs: [.init(channels: n, pitch: n)])
    return try PackedConvolutionKernel(
        shape, weights: isTransposed ? weights : weights.map { transposed($0, rows: k, columns: n) },
        epilogue: epilogue, options: options)
}

/// The transpose of a matrix of `rows` x `columns`.
func transposed(_ matrix: [Float], rows: Int, columns: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
        for column in 0..<columns {
            for row in 0..<rows { buffer[column * rows + row] = matrix[row * columns + column] }
        }
        count = rows * columns
    }
}
