internal import DeeperTensors

/// A convolution whose taps are displaced by offsets, one pair per tap and output pixel, and weighted by a mask;
/// row-major (ONNX DeformConv, arXiv 1703.06211 and 1811.11168).
///
/// Y[n, k, p] = bias[k] + the sum over c and t of W[k, c, t] mask[n, t, p] X[n, c] at p stride - pad + t dilation +
/// offset[n, t, p], interpolated between four pixels, with zeros around the picture. The samples of a block of output
/// pixels are gathered and then multiplied by the weights in one product. Blocks depend only on the geometry of one
/// image.
///
/// Operands: X, W (K, C / groups, R, S), offsets (N, offset groups, R S, 2, P Q), bias (K) and mask (N, offset groups,
/// R S, P Q) if they exist, Y. One tile per block of an image's group.
public final class DeformableConvolutionKernel: MeteredKernel {
    public var report: KernelReport { KernelReport("deformable im2col + GEMM", provider: gemm.name) }
    public let meter: OperationMeter?
    public let tileCount: Int
    public let scratchByteCount: Int
    private let window: WindowGeometry
    private let images: Int, inputChannels: Int, outputChannels: Int, groups: Int, offsetGroups: Int
    private let hasBias: Bool, hasMask: Bool
    private let gemm: any GemmProvider
    private let pixelsPerBlock: Int, blocks: Int
    private var channels: Int { inputChannels / groups }
    private var filters: Int { outputChannels / groups }

    /// - Precondition: a planar window; groups and offset groups divide the channels.
    public init(
        window: WindowGeometry, images: Int, inputChannels: Int, outputChannels: Int, groups: Int, offsetGroups: Int,
        hasBias: Bool, hasMask: Bool, options: KernelOptions
    ) {
        precondition(window.isPlanar && inputChannels % groups == 0 && inputChannels % offsetGroups == 0)
        self.window = window
        self.images = images
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.offsetGroups = offsetGroups
        self.hasBias = hasBias
        self.hasMask = hasMask
        self.gemm = options.gemm
        self.meter = options.meter()
        let depth = inputChannels / groups * window.taps
        self.pixelsPerBlock = max(1, min(window.outputPixels, 64 * 1024 / max(1, depth)))
        self.blocks = (window.outputPixels + pixelsPerBlock - 1) / pixelsPerBlock
        self.scratchByteCount = depth * pixelsPerBlock * MemoryLayout<Float>.stride
        self.tileCount = max(1, images * groups * blocks)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        guard tile < images * groups * blocks else { return }
        let (image, group, block) = (tile / blocks / groups, tile / blocks % groups, tile % blocks)
        let first = block * pixelsPerBlock
        let count = min(pixelsPerBlock, window.outputPixels - first)
        let depth = channels * window.taps
        sample(image, group, first..<first + count, operands, scratch.floats)
        let y =
            operands.floats(3 + (hasBias ? 1 : 0) + (hasMask ? 1 : 0))
            + (image * outputChannels + group * filters) * window.outputPixels + first
        meter?.add {
            $0.calls += 1
            $0.macs += filters * count * depth
            $0.copiedBytes += depth * count * MemoryLayout<Float>.stride
        }
        gemm.multiply(
            m: filters, n: count, k: depth, a: operands.floats(1) + group * filters * depth, aPitch: depth,
            b: scratch.floats, bPitch: count, c: y, cPitch: window.outputPixels)
        guard hasBias else { return }
        for filter in 0..<filters {
            let bias = operands.floats(3)[group * filters + filter]
            for pixel in 0..<count { y[filter * window.outputPixels + pixel] += bias }
        }
    }

    /// Writes the samples at the taps of output pixels: a row for each channel and tap, a column for each pixel.
    private func sample(
        _ image: Int, _ group: Int, _ pixels: Range<Int>, _ operands: Operands, _ columns: UnsafeMutablePointer<Float>
    ) {
        let all = group * channels..<(group + 1) * channels
        let channelsPerOffset = inputChannels / offsetGroups
        var start = all.lowerBound
        while start < all.upperBound {
            let offsetGroup = start / channelsPerOffset
            let end = min(all.upperBound, (offsetGroup + 1) * channelsPerOffset)
            for tap in 0..<window.taps {
                let row = (image * offsetGroups + offsetGroup) * window.taps + tap
                for (column, pixel) in pixels.enumerated() {
                    let neighbours = neighbours(row, tap, pixel, operands)
                    for channel in start..<end {
                        let plane = operands.floats(0) + (image * inputChannels + channel) * window.inputPixels
                        columns[((channel - all.lowerBound) * window.taps + tap) * pixels.count + column] =
                            neighbours.value(plane)
                    }
                }
            }
            start = end
        }
    }

    /// The four pixels around a tap, and their weights.
    private struct Neighbours {
        var pixels = SIMD4<Int>()
        var weights = SIMD4<Float>()

        /// Pixels outside the picture count as zeros and are not read.
        @inline(__always)
        func value(_ plane: UnsafePointer<Float>) -> Float {
            var sum: Float = 0
            for index in 0..<4 where pixels[index] >= 0 { sum += weights[index] * plane[pixels[index]] }
            return sum
        }
    }

    /// - Parameter row: the combined index of image, offset group and tap.
    private func neighbours(_ row: Int, _ tap: Int, _ pixel: Int, _ operands: Operands) -> Neighbours {
        let (height, width) = (window.input[1], window.input[2])
        let spot = window.inputPosition(window.outputPosition(pixel), tap: tap)
        let offsets = operands.floats(2) + 2 * row * window.outputPixels + pixel
        let y = Float(spot[1]) + offsets[0]
        let x = Float(spot[2]) + offsets[window.outputPixels]
        var result = Neighbours(pixels: SIMD4(repeating: -1))
        guard y > -1, y < Float(height), x > -1, x < Float(width) else { return result }
        let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
        let (down, across) = (y - Float(top), x - Float(left))
        let mask = hasMask ? operands.floats(hasBias ? 4 : 3)[row * window.outputPixels + pixel] : 1
        result.weights =
            SIMD4((1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across) * mask
        for index in 0..<4 {
            let (row, column) = (top + index / 2, left + index % 2)
            if row >= 0, row < height, column >= 0, column < width { result.pixels[index] = row * width + column }
        }
        return result
    }
}
