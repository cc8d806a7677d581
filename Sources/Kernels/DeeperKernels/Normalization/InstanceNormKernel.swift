internal import DeeperTensors

/// Y = scale[c] * (X - mean) / sqrt(variance + epsilon) + shift[c] with mean and variance over one channel of an image.
/// X is row-major; statistics are summed in float64. There is one tile per channel of an image.
public final class InstanceNormKernel: Kernel {
    public var report: KernelReport { KernelReport("instance normalisation") }
    public let tileCount: Int
    private let images: Int, channels: Int, pixels: Int
    private let epsilon: Float

    /// Operands: X, scale (channels), shift (channels), Y.
    public init(images: Int, channels: Int, pixels: Int, epsilon: Float) {
        self.images = images
        self.channels = channels
        self.pixels = pixels
        self.epsilon = epsilon
        self.tileCount = max(1, images * channels)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < images * channels, pixels > 0 else { return }
        let x = operands.floats(0) + tile * pixels
        let y = operands.floats(3) + tile * pixels
        var sum = 0.0
        for index in 0..<pixels { sum += Double(x[index]) }
        let mean = sum / Double(pixels)
        var squares = 0.0
        for index in 0..<pixels {
            let distance = Double(x[index]) - mean
            squares += distance * distance
        }
        let deviation = (squares / Double(pixels) + Double(epsilon)).squareRoot()
        let scale = Double(operands.floats(1)[tile % channels]) / deviation
        let shift = Double(operands.floats(2)[tile % channels])
        for index in 0..<pixels { y[index] = Float((Double(x[index]) - mean) * scale + shift) }
    }
}
