internal import CDeeperKernels
internal import DeeperTensors

/// The function that a pooling computes of each window.
public enum Pooling: Sendable, Hashable {
    /// The largest element; padding does not count.
    case maximum
    /// The mean over the elements inside the picture or, with `includesPadding`, over all taps within the padded
    /// picture.
    case average(includesPadding: Bool)
}

/// Max and average pooling of channels-last float32 images.
public final class PoolKernel: JoiningKernel, SelectiveKernel {
    public var report: KernelReport { KernelReport(pooling == .maximum ? "max pool" : "average pool") }
    public let tileCount: Int
    public let scratchByteCount: Int
    private let pooling: Pooling
    let window: WindowGeometry
    private let padAfter: SIMD3<Int>
    let images: Int
    let channels: Int
    let inputPitch: Int, outputPitch: Int
    private let loops: VectorLoops
    /// The number of workers that the tiles are divided among.
    let workers: Int
    /// Whether whole rows of windows are computed at once, so that neighbours share work.
    let isByRows: Bool

    /// - Parameter padAfter: the padding after each of the spatial axes (at most three), for averages that include it.
    public init(
        _ pooling: Pooling, window: WindowGeometry, padAfter: [Int], images: Int, channels: Int, inputPitch: Int,
        outputPitch: Int, options: KernelOptions
    ) {
        let pads = Array(repeating: 0, count: 3 - padAfter.count) + padAfter
        self.pooling = pooling
        self.window = window
        self.padAfter = SIMD3(pads[0], pads[1], pads[2])
        self.images = images
        self.channels = channels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.loops = VectorLoops(options.instructionSet)
        self.workers = options.workers
        self.isByRows =
            pooling != .average(includesPadding: true) && window.isPlanar && window.dilation == SIMD3(repeating: 1)
        self.scratchByteCount = isByRows ? window.input[2] * channels * 4 : 0
        self.tileCount = streamingTileCount(
            elements: images * window.outputPixels * channels * min(window.taps, 16),
            rows: images * (isByRows ? window.output[1] : window.outputPixels))
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        computeTile(tile, operands, scratch, pitch: outputPitch)
    }

    /// There may be gaps between windows.
    public func touchedByteCount(ofOperand index: Int) -> Int? {
        images * window.outputPixels * min(window.taps, window.inputPixels) * channels * MemoryLayout<Float>.size
    }

    public func following(_ producer: any Kernel) -> (any Kernel)? {
        guard let producer = producer as? any BandKernel, producer.makesBands else { return nil }
        return BandedPoolKernel(producer, self)
    }

    /// The rows of the input that `lines` of the output read, counted over all images.
    func inputRows(of lines: Range<Int>) -> Range<Int> {
        var all: Range<Int>?
        for line in lines {
            let (rows, first) = inputRows(of: line)
            if rows > 0 { all = (all?.lowerBound ?? first)..<first + rows }
        }
        return all ?? 0..<0
    }

    private func inputRows(of line: Int) -> (count: Int, first: Int) {
        let (image, line) = (line / window.output[1], line % window.output[1])
        let taps = window.valid(1, at: line)
        return (taps.taps.count, image * window.input[1] + taps.first)
    }

    /// Computes lines of the output, counted over all images, from the rows of the input from `firstRow` on.
    func computeRows(
        _ lines: Range<Int>, _ source: UnsafePointer<Float>, firstRow: Int, _ target: UnsafeMutablePointer<Float>,
        _ pitch: Int, _ scratch: UnsafeMutablePointer<Float>
    ) {
        var row = window.row(pitch: inputPitch)
        for line in lines {
            let (count, first) = inputRows(of: line)
            row.rows = count
            row.source = source + (count == 0 ? 0 : first - firstRow) * row.row_pitch
            let target = target + (line - lines.lowerBound) * window.output[2] * pitch
            if pooling == .maximum {
                loops.table.maximum_of_row(target, pitch, &row, channels, scratch)
            } else {
                loops.table.mean_of_row(target, pitch, &row, channels, scratch)
            }
        }
    }
}

extension PoolKernel: BandKernel {
    var outputPixels: Int { images * window.outputPixels }
    var pixelsPerUnit: Int { isByRows ? window.output[2] : 1 }

    func computeBand(
        _ units: Range<Int>, of operands: Operands, to target: UnsafeMutablePointer<Float>, pitch: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let source = UnsafePointer(operands.floats(0))
        if isByRows {
            computeRows(units, source, firstRow: 0, target, pitch, scratch)
        } else {
            computePixels(units, source, target, pitch)
        }
    }

    private func computePixels(
        _ pixels: Range<Int>, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ pitch: Int
    ) {
        for index in pixels {
            let (image, pixel) = (index / window.outputPixels, index % window.outputPixels)
            let target = target + (index - pixels.lowerBound) * pitch
            guard let found = window.taps(at: pixel, pitch: inputPitch) else {
                target.update(repeating: pooling == .maximum ? -.infinity : 0, count: channels)
                continue
            }
            let source = source + image * window.inputPixels * inputPitch + found.offset
            switch pooling {
            case .maximum:
                loops.table.maximum_of_taps(target, source, channels, found.taps)
            case .average(let includesPadding):
                let inside = Int(found.taps.depth) * Int(found.taps.height) * Int(found.taps.width)
                let count = includesPadding ? tapsWithPadding(pixel) : inside
                loops.table.sum_of_taps(target, source, channels, found.taps, 1 / Float(count))
            }
        }
    }

    private func tapsWithPadding(_ pixel: Int) -> Int {
        let position = window.outputPosition(pixel)
        var count = 1
        for axis in 0..<3 {
            let start = position[axis] * window.stride[axis] - window.padBefore[axis]
            let room = window.input[axis] + padAfter[axis] - start
            count *= min(window.kernel[axis], (room + window.dilation[axis] - 1) / window.dilation[axis])
        }
        return max(1, count)
    }
}
