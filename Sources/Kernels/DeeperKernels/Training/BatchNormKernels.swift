internal import CDeeperKernels

/// The extents of a batch normalisation in training: pixels and channels, and the sizes of its tables.
public struct BatchNormShape: Sendable {
    public var pixels: Int
    public var channels: Int
    /// The distance in floats from one pixel of X to the next; Y, dY and dX have pitches of their own.
    public var inputPitch: Int
    public var epsilon: Float

    public init(pixels: Int, channels: Int, inputPitch: Int, epsilon: Float) {
        self.pixels = pixels
        self.channels = channels
        self.inputPitch = inputPitch
        self.epsilon = epsilon
    }

    var chunks: ColumnChunks { ColumnChunks(pixels: pixels) }
    /// The number of floats of the table of moments, or of the table of gradient sums: two columns per channel for
    /// every chunk.
    public var tableFloats: Int { chunks.count * 2 * channels }
    /// The number of floats that the backward pass needs: mean and inverse standard deviation of each channel.
    public var savedFloats: Int { 2 * channels }
}

/// The mean and the squared deviations of every chunk of X, computed in two passes over data in the cache: with sums of
/// squares alone, a small variance would be lost next to a large mean. Operand 0: X, 1: the table.
public final class BatchMomentsKernel: Kernel {
    public var report: KernelReport { KernelReport("batch moments") }
    public let tileCount: Int
    private let shape: BatchNormShape
    private let loops: VectorLoops

    public init(_ shape: BatchNormShape, options: KernelOptions) {
        self.shape = shape
        self.tileCount = shape.chunks.count
        self.loops = VectorLoops(options.instructionSet)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let range = shape.chunks.range(tile)
        let channels = shape.channels
        let mean = operands.floats(1) + tile * 2 * channels
        mean.update(repeating: 0, count: 2 * channels)
        guard !range.isEmpty else { return }
        let source = operands.floats(0) + range.lowerBound * shape.inputPitch
        loops.table.column_sums(mean, source, shape.inputPitch, range.count, channels)
        for channel in 0..<channels { mean[channel] /= Float(range.count) }
        loops.table.column_deviations(mean + channels, source, shape.inputPitch, mean, range.count, channels)
    }
}

/// Y = clamp(scale (X - mean) / sqrt(variance + epsilon) + shift) with the batch's own moments, and the update of their
/// running averages for inference.
///
/// Operands: X, table, scale, shift, running mean and running variance (both changed), then Y, and mean and inverse
/// deviation, of ``BatchNormShape/savedFloats`` floats. The running variance is the unbiased one, as in PyTorch.
public final class BatchNormKernel: Kernel {
    public var report: KernelReport { KernelReport("batch normalisation") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let shape: BatchNormShape
    private let outputPitch: Int
    private let clamp: ClampRange
    private let momentum: Double
    private let loops: VectorLoops

    /// - Parameter momentum: the share of the running averages that every batch replaces.
    public init(
        _ shape: BatchNormShape, outputPitch: Int, clamp: ClampRange, momentum: Float, options: KernelOptions
    ) {
        self.shape = shape
        self.outputPitch = outputPitch
        self.clamp = clamp
        self.momentum = Double(momentum)
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: shape.pixels * shape.channels, rows: shape.pixels)
        self.scratchByteCount = 2 * shape.channels * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let channels = shape.channels
        let factors = scratch.floats, shifts = scratch.floats + channels
        let (table, chunks) = (operands.floats(1), shape.chunks)
        let count = Double(max(1, shape.pixels))
        for channel in 0..<channels {
            var mean = 0.0
            for chunk in 0..<chunks.count {
                mean += Double(table[chunk * 2 * channels + channel]) * Double(chunks.range(chunk).count)
            }
            mean /= count
            var squares = 0.0
            for chunk in 0..<chunks.count {
                let distance = Double(table[chunk * 2 * channels + channel]) - mean
                squares +=
                    Double(table[chunk * 2 * channels + channels + channel])
                    + distance * distance * Double(chunks.range(chunk).count)
            }
            let inverse = 1 / (squares / count + Double(shape.epsilon)).squareRoot()
            let factor = Double(operands.floats(2)[channel]) * inverse
            factors[channel] = Float(factor)
            shifts[channel] = Float(Double(operands.floats(3)[channel]) - mean * factor)
            if tile == 0 {
                let saved = operands.floats(7)
                saved[channel] = Float(mean)
                saved[channels + channel] = Float(inverse)
                func blend(_ old: inout Float, _ new: Double) {
                    old = Float(Double(old) + momentum * (new - Double(old)))
                }
                blend(&operands.floats(4)[channel], mean)
                blend(&operands.floats(5)[channel], squares / max(1, count - 1))
            }
        }
        let range = partition(shape.pixels, part: tile, of: tileCount)
        var epilogue = ck_epilogue(scale: factors, bias: shifts, clamp: clamp)
        loops.table.finish(
            operands.floats(6) + range.lowerBound * outputPitch, outputPitch,
            operands.floats(0) + range.lowerBound * shape.inputPitch, shape.inputPitch, range.count, channels, &epilogue
        )
    }
}

/// The sums of dY, which is set to zero in place where the activation was at its bound, and of dY (X - mean).
///
/// Operands: X, Y, saved moments, dY (changed), the table.
public final class BatchNormSumsKernel: Kernel {
    public var report: KernelReport { KernelReport("batch normalisation sums") }
    public let tileCount: Int
    private let shape: BatchNormShape
    private let outputPitch: Int, gradientPitch: Int
    private let clamp: ClampRange
    private let loops: VectorLoops

    public init(
        _ shape: BatchNormShape, outputPitch: Int, gradientPitch: Int, clamp: ClampRange, options: KernelOptions
    ) {
        self.shape = shape
        self.outputPitch = outputPitch
        self.gradientPitch = gradientPitch
        self.clamp = clamp
        self.tileCount = shape.chunks.count
        self.loops = VectorLoops(options.instructionSet)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let channels = shape.channels
        let sums = operands.floats(4) + tile * 2 * channels
        sums.update(repeating: 0, count: 2 * channels)
        for block in shape.chunks.blocks(tile, channels: channels) {
            let dy = operands.floats(3) + block.lowerBound * gradientPitch
            if clamp != .unbounded {
                loops.table.clamp_gradient(
                    dy, gradientPitch, operands.floats(1) + block.lowerBound * outputPitch, outputPitch, block.count,
                    channels, clamp.lower, clamp.upper)
            }
            loops.table.column_sums(sums, dy, gradientPitch, block.count, channels)
            loops.table.column_products(
                sums + channels, dy, gradientPitch, operands.floats(0) + block.lowerBound * shape.inputPitch,
                shape.inputPitch, operands.floats(2), block.count, channels)
        }
    }
}

/// The gradients of a batch normalisation: dX = scale / deviation (dY - mean(dY) - x mean(dY x)), where x is the
/// normalised X; for the scale, sum(dY x); for the shift, sum(dY).
///
/// Operands: X, saved moments, dY, table, scale, then dX, gradient of the scale, gradient of the shift.
public final class BatchNormGradientKernel: Kernel {
    public var report: KernelReport { KernelReport("batch normalisation gradient") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let shape: BatchNormShape
    private let gradientPitch: Int, targetPitch: Int
    private let adds: Bool
    private let loops: VectorLoops

    /// - Parameter adds: whether the gradient is added to the contents of dX.
    public init(
        _ shape: BatchNormShape, gradientPitch: Int, targetPitch: Int, adds: Bool, options: KernelOptions
    ) {
        self.shape = shape
        self.gradientPitch = gradientPitch
        self.targetPitch = targetPitch
        self.adds = adds
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = streamingTileCount(elements: shape.pixels * shape.channels, rows: shape.pixels)
        self.scratchByteCount = 3 * shape.channels * 4
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let channels = shape.channels
        let (saved, table, chunks) = (operands.floats(1), operands.floats(3), shape.chunks)
        let dyFactors = scratch.floats, xFactors = dyFactors + channels, shifts = xFactors + channels
        let count = Double(max(1, shape.pixels))
        for channel in 0..<channels {
            var sum = 0.0, products = 0.0
            for chunk in 0..<chunks.count {
                sum += Double(table[chunk * 2 * channels + channel])
                products += Double(table[chunk * 2 * channels + channels + channel])
            }
            let (mean, inverse) = (Double(saved[channel]), Double(saved[channels + channel]))
            let scale = Double(operands.floats(4)[channel]) * inverse
            let xFactor = -scale * inverse * inverse * products / count
            dyFactors[channel] = Float(scale)
            xFactors[channel] = Float(xFactor)
            shifts[channel] = Float(-scale * sum / count - xFactor * mean)
            if tile == 0 {
                operands.floats(6)[channel] = Float(products * inverse)
                operands.floats(7)[channel] = Float(sum)
            }
        }
        let range = partition(shape.pixels, part: tile, of: tileCount)
        loops.table.normalization_gradient(
            operands.floats(5) + range.lowerBound * targetPitch, targetPitch,
            operands.floats(2) + range.lowerBound * gradientPitch, gradientPitch,
            operands.floats(0) + range.lowerBound * shape.inputPitch, shape.inputPitch, range.count, channels,
            dyFactors,
            xFactors, shifts, adds ? 1 : 0)
    }
}
