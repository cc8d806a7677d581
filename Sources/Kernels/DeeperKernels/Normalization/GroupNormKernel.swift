internal import CDeeperKernels
internal import DeeperTensors

/// Y = ending(scale (X - mean) / sqrt(variance + epsilon) + shift) for channels-last X, with the moments of a group of
/// channels over all pixels of an image.
///
/// With one channel per group this is instance normalisation; if, in addition, all images are treated as one, it is
/// batch normalisation with the batch's own moments. Moments are summed in float64. Operands: X, scale, shift, Y. Tiles
/// are groups of an image.
public final class GroupNormKernel: Kernel {
    public var report: KernelReport { KernelReport(lowering) }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let lowering: String
    private let images: Int, pixels: Int, channels: Int, groups: Int
    private let inputPitch: Int, outputPitch: Int
    private let epsilon: Double
    private let scalesGroups: Bool
    private let ending: EpilogueValues
    private let loops: VectorLoops
    private let groupsPerTile: Int

    /// The smallest number of channels of a tile: a cache line of floats.
    private static let leastChannels = 16

    /// - Parameters:
    ///   - pixels: the number of pixels of one image.
    ///   - inputPitch, outputPitch: floats from one pixel to the next, at least `channels`.
    ///   - scalesGroups: whether scale and shift have one number per group; otherwise they have one per channel.
    /// - Precondition: `groups` divides `channels`.
    public init(
        _ lowering: String, images: Int, pixels: Int, channels: Int, groups: Int, inputPitch: Int, outputPitch: Int,
        epsilon: Float, scalesGroups: Bool = false, ending: Ending = .none,
        options: KernelOptions
    ) {
        precondition(groups > 0 ? channels % groups == 0 : channels == 0)
        self.lowering = lowering
        self.images = images
        self.pixels = pixels
        self.channels = channels
        self.groups = groups
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.epsilon = Double(epsilon)
        self.scalesGroups = scalesGroups
        self.ending = EpilogueValues(Epilogue(ending: ending), columns: channels)
        self.loops = VectorLoops(options.instructionSet)
        let width = channels / max(1, groups)
        groupsPerTile = max(1, min(groups, GroupNormKernel.leastChannels / max(1, width)))
        tileCount = max(1, images * ((groups + groupsPerTile - 1) / groupsPerTile))
        // For each channel: its sum, the sum of its squares, the factor and the shift.
        scratchByteCount = groupsPerTile * width * 24
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard images > 0, pixels > 0, channels > 0 else { return }
        let width = channels / groups
        let tilesPerImage = (groups + groupsPerTile - 1) / groupsPerTile
        let image = tile / tilesPerImage
        let first = tile % tilesPerImage * groupsPerTile
        let own = first..<min(first + groupsPerTile, groups)
        let count = own.count * width
        let x = operands.floats(0) + image * pixels * inputPitch + first * width
        let y = operands.floats(3) + image * pixels * outputPitch + first * width
        let means = scratch.base.assumingMemoryBound(to: Double.self)
        let squares = means + count
        let factors = (scratch.base + 16 * count).assumingMemoryBound(to: Float.self)
        let shifts = factors + count
        addColumns(x, count, into: means) { value, _ in value }
        average(means, own.count, width)
        addColumns(x, count, into: squares) { value, channel in
            let distance = value - means[channel]
            return distance * distance
        }
        average(squares, own.count, width)
        for channel in 0..<count {
            let index = scalesGroups ? first + channel / width : first * width + channel
            factors[channel] = Float(
                Double(operands.floats(1)[index]) / (squares[channel] + epsilon).squareRoot())
            shifts[channel] = operands.floats(2)[index]
        }
        for pixel in 0..<pixels {
            let (source, target) = (x + pixel * inputPitch, y + pixel * outputPitch)
            for channel in 0..<count {
                target[channel] =
                    Float(Double(source[channel]) - means[channel]) * factors[channel] + shifts[channel]
            }
        }
        var ending = ending.from(first * width)
        loops.table.finish(y, outputPitch, y, outputPitch, pixels, count, &ending)
    }

    /// sums[c] = the sum over pixels of term(x[c], c), four pixels at a time.
    @inline(__always)
    private func addColumns(
        _ x: UnsafePointer<Float>, _ count: Int, into sums: UnsafeMutablePointer<Double>,
        _ term: (Double, Int) -> Double
    ) {
        sums.update(repeating: 0, count: count)
        var pixel = 0
        while pixel + 4 <= pixels {
            let a = x + pixel * inputPitch
            let (b, c, d) = (a + inputPitch, a + 2 * inputPitch, a + 3 * inputPitch)
            for channel in 0..<count {
                sums[channel] +=
                    (term(Double(a[channel]), channel) + term(Double(b[channel]), channel))
                    + (term(Double(c[channel]), channel) + term(Double(d[channel]), channel))
            }
            pixel += 4
        }
        while pixel < pixels {
            let row = x + pixel * inputPitch
            for channel in 0..<count { sums[channel] += term(Double(row[channel]), channel) }
            pixel += 1
        }
    }

    /// Replaces the sums of every channel by the mean of its group.
    private func average(_ sums: UnsafeMutablePointer<Double>, _ groups: Int, _ width: Int) {
        for group in 0..<groups {
            var total = 0.0
            for channel in group * width..<(group + 1) * width { total += sums[channel] }
            (sums + group * width).update(repeating: total / Double(width * pixels), count: width)
        }
    }
}
