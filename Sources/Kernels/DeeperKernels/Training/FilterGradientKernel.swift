internal import CDeeperKernels

/// The gradient of a convolution's filters: dW[k][t][c] = sum over images and output pixels of dY[p][k] X[p of t][c].
///
/// Operand 0: X, 1: dY, 2: dW in ``FilterLayout``, overwritten. Both activations are read in place, tap by tap, in
/// bands of rows, without gathering. Tiles are (group, block of filters, block of channels, block of rows of taps);
/// their number does not change the order of additions of any element.
public final class FilterGradientKernel: Kernel {
    public let tileCount: Int
    public var report: KernelReport { KernelReport("outer products", provider: "packed", convolution: shape) }
    private let shape: ConvolutionShape
    private let gradientPitch: Int
    private let blocks: Blocks
    private let bandRows: Int
    private let loops: VectorLoops

    /// The floats of a band of both activations, which should stay in the second-level cache.
    private static let bandFloats = 96 * 1024

    /// - Parameters:
    ///   - shape: the convolution, with the pitch of X.
    ///   - gradientPitch: the distance in floats from one pixel of dY to the next.
    /// - Precondition: the window moves in a plane.
    public init(_ shape: ConvolutionShape, gradientPitch: Int, options: KernelOptions) {
        precondition(shape.window.isPlanar)
        self.shape = shape
        self.gradientPitch = gradientPitch
        self.loops = VectorLoops(options.instructionSet)
        let rowFloats =
            shape.window.stride[1] * shape.window.input[2] * shape.inputPitch + shape.window.output[2] * gradientPitch
        self.bandRows = max(1, min(shape.window.output[1], FilterGradientKernel.bandFloats / max(1, rowFloats)))
        self.blocks = Blocks(shape, workers: options.workers)
        self.tileCount = shape.groups * blocks.count
    }

    /// The division of a group's filters, channels and rows of taps into blocks.
    private struct Blocks {
        var filters = 1, channels = 1, tapRows = 1
        var count: Int { filters * channels * tapRows }

        /// Every block of filters reads all of X, and every block of channels all of dY, so the cheaper of the two is
        /// split further. Rows of taps, each of which reads both, are split only if nothing else is possible.
        init(_ shape: ConvolutionShape, workers: Int) {
            let wanted = min(workers > 1 ? 2 * workers : 1, max(1, shape.macCount / shape.groups / 1_000_000))
            let (sourceFloats, gradientFloats) = (shape.channelsPerGroup, shape.filtersPerGroup)
            while count < wanted {
                let takesFilters = shape.filtersPerGroup / (2 * filters) >= 24
                let takesChannels = shape.channelsPerGroup / (2 * channels) >= 32
                if takesFilters, !takesChannels || filters * sourceFloats <= channels * gradientFloats {
                    filters *= 2
                } else if takesChannels {
                    channels *= 2
                } else if tapRows < shape.window.kernel[1] {
                    tapRows = shape.window.kernel[1]
                } else {
                    break
                }
            }
        }
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let window = shape.window
        let all = shape.channelsPerGroup
        let (group, block) = (tile / blocks.count, tile % blocks.count)
        // Blocks of channels begin at whole registers of every instruction set.
        func boundary(_ index: Int) -> Int {
            index == blocks.channels ? all : min(all, (all * index / blocks.channels + 31) / 32 * 32)
        }
        let channelBlock = block / blocks.filters % blocks.channels
        let channels = boundary(channelBlock)..<boundary(channelBlock + 1)
        let filters = partition(shape.filtersPerGroup, part: block % blocks.filters, of: blocks.filters)
        let tapRows = partition(
            window.kernel[1], part: block / (blocks.filters * blocks.channels), of: blocks.tapRows)
        guard !channels.isEmpty, !filters.isEmpty else { return }
        let firstFilter = group * shape.filtersPerGroup + filters.lowerBound
        let rowLength = window.kernel[2] * all
        let target = operands.floats(2) + firstFilter * shape.reduction + channels.lowerBound
        for filter in 0..<filters.count {
            for tap in tapRows.lowerBound * window.kernel[2]..<tapRows.upperBound * window.kernel[2] {
                (target + filter * shape.reduction + tap * all).update(repeating: 0, count: channels.count)
            }
        }
        var product = ck_outer_product()
        product.a_pitch = gradientPitch
        product.b_pitch = window.stride[2] * shape.inputPitch
        product.a_line_pitch = window.output[2] * gradientPitch
        product.b_line_pitch = window.stride[1] * window.input[2] * shape.inputPitch
        product.rows = filters.count
        product.c_pitch = shape.reduction
        let source = UnsafePointer(operands.floats(0)) + group * all + channels.lowerBound
        let gradient = UnsafePointer(operands.floats(1)) + firstFilter
        let runs = self.runs(channels.count)
        let rowsOfTaps = tapRows.map { (tap: $0, rows: inside(1, $0)) }
        for image in 0..<shape.images {
            for band in stride(from: 0, to: window.output[1], by: bandRows) {
                for (tapRow, rows) in rowsOfTaps {
                    let lines = rows.clamped(to: band..<band + bandRows)
                    guard !lines.isEmpty else { continue }
                    let inputRow =
                        lines.lowerBound * window.stride[1] - window.padBefore[1] + tapRow * window.dilation[1]
                    let x = source + (image * window.inputPixels + inputRow * window.input[2]) * shape.inputPitch
                    let dy =
                        gradient + (image * window.outputPixels + lines.lowerBound * window.output[2]) * gradientPitch
                    product.lines = lines.count
                    for run in runs {
                        let column =
                            run.pixels.lowerBound * window.stride[2] - window.padBefore[2]
                            + run.tap * window.dilation[2]
                        product.a = dy + run.pixels.lowerBound * gradientPitch
                        product.b = x + column * shape.inputPitch
                        product.pixels = run.pixels.count
                        product.columns = run.floats
                        product.c = target + tapRow * rowLength + run.tap * all
                        loops.table.outer_product(&product)
                    }
                }
            }
        }
    }

    /// Neighbouring output pixels of a row, and the number of floats that each reads from a tap on.
    private struct Run {
        var pixels: Range<Int>
        var tap: Int
        var floats: Int
    }

    /// One run per tap. With few channels, which would leave most of a register empty, a run has several taps.
    private func runs(_ channels: Int) -> [Run] {
        let window = shape.window
        let taps = window.kernel[2]
        let joins = shape.groups == 1 && channels == shape.inputPitch && window.dilation[2] == 1 && channels < 16
        guard joins, taps > 1 else {
            return (0..<taps).map { Run(pixels: inside(2, $0), tap: $0, floats: channels) }
                .filter { !$0.pixels.isEmpty }
        }
        var result: [Run] = []
        for pixel in 0..<window.output[2] {
            let valid = window.valid(2, at: pixel).taps
            guard !valid.isEmpty else { continue }
            if let last = result.last, last.tap == valid.lowerBound, last.floats == valid.count * channels {
                result[result.count - 1].pixels = last.pixels.lowerBound..<pixel + 1
            } else {
                result.append(Run(pixels: pixel..<pixel + 1, tap: valid.lowerBound, floats: valid.count * channels))
            }
        }
        return result
    }

    /// The output positions along `axis` for which a tap is inside the input.
    private func inside(_ axis: Int, _ tap: Int) -> Range<Int> {
        let window = shape.window
        let offset = window.padBefore[axis] - tap * window.dilation[axis]
        let step = window.stride[axis]
        let lower = offset <= 0 ? 0 : (offset + step - 1) / step
        let room = window.input[axis] + offset
        let upper = room <= 0 ? 0 : min(window.output[axis], (room + step - 1) / step)
        return lower < upper ? lower..<upper : 0..<0
    }
}
