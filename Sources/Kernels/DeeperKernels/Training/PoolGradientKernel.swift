internal import CDeeperKernels

/// The gradient of a pooling: for max pooling, it goes to the first element of each window that equals the maximum; for
/// average pooling, equally to all elements.
///
/// Operands: X, Y, dY, dX for max pooling; dY, dX for average pooling. Windows overlap, so a tile is an image or a
/// block of its channels.
public final class PoolGradientKernel: Kernel {
    public var report: KernelReport {
        KernelReport(pooling == .maximum ? "max pool gradient" : "average pool gradient")
    }
    public let tileCount: Int
    private let pooling: Pooling
    private let window: WindowGeometry
    private let padAfter: SIMD2<Int>
    private let images: Int
    private let channels: Int
    private let pitches: Pitches
    private let adds: Bool
    private let blocks: Int
    private let loops: VectorLoops

    /// For every operand, the distance in floats from one pixel to the next.
    public struct Pitches: Sendable {
        public var input: Int
        public var output: Int
        public var outputGradient: Int
        public var inputGradient: Int

        public init(input: Int, output: Int, outputGradient: Int, inputGradient: Int) {
            self.input = input
            self.output = output
            self.outputGradient = outputGradient
            self.inputGradient = inputGradient
        }
    }

    /// - Parameters:
    ///   - padAfter: the padding after each of the spatial axes, for averages that include it.
    ///   - adds: whether the gradient is added to the contents of dX.
    /// - Precondition: the window moves in a plane.
    public init(
        _ pooling: Pooling, window: WindowGeometry, padAfter: [Int], images: Int, channels: Int, pitches: Pitches,
        adds: Bool, options: KernelOptions
    ) {
        precondition(window.isPlanar)
        self.pooling = pooling
        self.window = window
        let pads = [0, 0] + padAfter
        self.padAfter = SIMD2(pads[pads.count - 2], pads[pads.count - 1])
        self.images = images
        self.channels = channels
        self.pitches = pitches
        self.adds = adds
        self.blocks = max(1, min(channels / 64, (8 + images - 1) / max(1, images)))
        self.loops = VectorLoops(options.instructionSet)
        self.tileCount = max(1, images * blocks)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (image, block) = (tile / blocks, tile % blocks)
        let part = partition(channels, part: block, of: blocks)
        guard image < images, !part.isEmpty else { return }
        let isMaximum = pooling == .maximum
        let first = part.lowerBound
        let target =
            operands.floats(isMaximum ? 3 : 1) + image * window.inputPixels * pitches.inputGradient + first
        let gradient =
            operands.floats(isMaximum ? 2 : 0) + image * window.outputPixels * pitches.outputGradient + first
        if !adds {
            for pixel in 0..<window.inputPixels {
                (target + pixel * pitches.inputGradient).update(repeating: 0, count: part.count)
            }
        }
        for pixel in 0..<window.outputPixels {
            guard let into = window.taps(at: pixel, pitch: pitches.inputGradient) else { continue }
            let dy = gradient + pixel * pitches.outputGradient
            if isMaximum {
                guard let from = window.taps(at: pixel, pitch: pitches.input) else { continue }
                let x = operands.floats(0) + image * window.inputPixels * pitches.input + first
                let y = operands.floats(1) + (image * window.outputPixels + pixel) * pitches.output + first
                loops.table.maximum_gradient(
                    target + into.offset, into.taps, x + from.offset, from.taps, y, dy, part.count)
            } else {
                let inside = Int(into.taps.height) * Int(into.taps.width)
                let count = pooling == .average(includesPadding: true) ? tapsWithPadding(pixel) : inside
                loops.table.add_to_taps(target + into.offset, into.taps, dy, part.count, 1 / Float(count))
            }
        }
    }

    private func tapsWithPadding(_ pixel: Int) -> Int {
        let position = window.outputPosition(pixel)
        var count = 1
        for axis in 1..<3 {
            let start = position[axis] * window.stride[axis] - window.padBefore[axis]
            let room = window.input[axis] + padAfter[axis - 1] - start
            count *= min(window.kernel[axis], (room + window.dilation[axis] - 1) / window.dilation[axis])
        }
        return max(1, count)
    }
}
