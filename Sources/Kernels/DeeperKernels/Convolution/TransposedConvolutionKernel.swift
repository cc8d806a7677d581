internal import CDeeperKernels
internal import DeeperTensors

/// Transposed convolution: a matrix product spreads every input pixel over its window, then the windows are added to
/// the output.
///
/// Channels-last. There is one tile per image and group, because windows overlap; within a tile, pixels are processed
/// in blocks so that their windows stay in the cache.
public final class TransposedConvolutionKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport {
        KernelReport(
            "GEMM + col2im", provider: gemm.name,
            preparedByteCount: weights.byteCount + (bias?.count ?? 0) * MemoryLayout<Float>.size)
    }
    public let meter: OperationMeter?
    private let window: WindowGeometry
    private let images: Int, inputChannels: Int, outputChannels: Int, groups: Int
    private let inputPitch: Int, outputPitch: Int
    private let weights: AlignedStorage
    private let bias: [Float]?
    private let gemm: any GemmProvider
    private let ending: EpilogueValues
    private let loops: VectorLoops
    private let pixelsPerBlock: Int
    private var spread: Int { window.taps * outputChannels / groups }

    /// - Parameters:
    ///   - window: the window of the convolution that this one transposes, so `window.output` is this kernel's input.
    ///   - weights: [inputChannels, outputChannels / groups, taps...] row-major.
    public init(
        window: WindowGeometry, images: Int, inputChannels: Int, outputChannels: Int, groups: Int, inputPitch: Int,
        outputPitch: Int, weights: [Float], epilogue: Epilogue, options: KernelOptions
    ) throws {
        self.window = window
        self.images = images
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        var own = epilogue
        bias = own.bias
        own.bias = nil
        ending = EpilogueValues(own, columns: outputChannels)
        loops = VectorLoops(options.instructionSet)
        self.gemm = options.gemm
        self.meter = options.meter()
        let (taps, filters) = (window.taps, outputChannels / groups)
        self.weights = try AlignedStorage(byteCount: inputChannels * filters * taps * MemoryLayout<Float>.size)
        let target = self.weights.mutableBytes.bindMemory(to: Float.self)
        for channel in 0..<inputChannels {
            for filter in 0..<filters {
                for tap in 0..<taps {
                    target[(channel * taps + tap) * filters + filter] =
                        weights[(channel * filters + filter) * taps + tap]
                }
            }
        }
        self.pixelsPerBlock = max(1, min(window.outputPixels, 128 * 1024 / max(1, taps * filters)))
        self.scratchByteCount = pixelsPerBlock * taps * filters * 4
        self.tileCount = max(1, images * groups)
    }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        let (image, group) = (tile / groups, tile % groups)
        guard image < images else { return }
        let filters = outputChannels / groups
        let channels = inputChannels / groups
        let source = operands.floats(0) + image * window.outputPixels * inputPitch + group * channels
        let target = operands.floats(1) + image * window.inputPixels * outputPitch + group * filters
        for pixel in 0..<window.inputPixels {
            for filter in 0..<filters {
                target[pixel * outputPitch + filter] = bias?[group * filters + filter] ?? 0
            }
        }
        let matrix = weights.bytes.assumingMemoryBound(to: Float.self).baseAddress! + group * channels * spread
        var first = 0
        while first < window.outputPixels {
            let count = min(pixelsPerBlock, window.outputPixels - first)
            meter?.add {
                $0.calls += 1
                $0.macs += count * spread * channels
            }
            gemm.multiply(
                m: count, n: spread, k: channels, a: source + first * inputPitch, aPitch: inputPitch, b: matrix,
                bPitch: spread, c: scratch.floats, cPitch: spread)
            for pixel in 0..<count { add(scratch.floats + pixel * spread, filters, at: first + pixel, to: target) }
            first += count
        }
        var own = ending.from(group * filters)
        loops.table.finish(target, outputPitch, target, outputPitch, window.inputPixels, filters, &own)
    }

    /// Adds one pixel's window to the output.
    private func add(
        _ windowValues: UnsafePointer<Float>, _ filters: Int, at pixel: Int, to target: UnsafeMutablePointer<Float>
    ) {
        let position = window.outputPosition(pixel)
        for tap in 0..<window.taps {
            guard let offset = window.inputPixel(window.inputPosition(position, tap: tap)) else { continue }
            let write = target + offset * outputPitch
            let read = windowValues + tap * filters
            for filter in 0..<filters { write[filter] += read[filter] }
        }
    }
}
