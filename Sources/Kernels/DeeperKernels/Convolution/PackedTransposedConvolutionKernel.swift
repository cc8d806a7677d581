internal import CDeeperKernels
public import DeeperTensors

/// Transposed convolution of channels-last images along two axes and without groups, by packed products.
///
/// A row of pixels is multiplied by the filters of one row of the window in one product. If windows touch but do not
/// overlap, as with a 2x2 kernel at stride 2, products are written directly to the output; otherwise they are added to
/// it, row by row of the input.
public final class PackedTransposedConvolutionKernel: MeteredKernel {
    public let tileCount: Int
    public let scratchByteCount: Int
    public var report: KernelReport {
        KernelReport(
            isScattered ? "products, scattered" : "products, added", provider: "packed",
            preparedByteCount: filters.byteCount + epilogue.byteCount)
    }
    public let meter: OperationMeter?
    private let window: WindowGeometry
    private let images: Int, inputChannels: Int, outputChannels: Int
    private let inputPitch: Int, outputPitch: Int
    private let filters: PackedFilters<Float>
    private let epilogue: EpilogueValues
    private let bias: [Float]?
    private let routine: ProductRoutine
    private let loops: VectorLoops
    /// Whether every output pixel is in exactly one window.
    private let isScattered: Bool
    /// Whether the columns of one row of the window are contiguous in the output.
    private let isJoined: Bool

    /// - Parameters:
    ///   - window: the window of the convolution that this one transposes, so `window.output` is this kernel's input.
    ///   - weights: [inputChannels, outputChannels, taps...] row-major.
    /// - Precondition: ``supports(_:groups:)``.
    /// - Throws: `limitExceeded` if memory for the weights is refused.
    public init(
        window: WindowGeometry, images: Int, inputChannels: Int, outputChannels: Int, inputPitch: Int,
        outputPitch: Int, weights: Weights<Float>, epilogue: Epilogue, options: KernelOptions
    ) throws {
        precondition(PackedTransposedConvolutionKernel.supports(window, groups: 1))
        self.window = window
        self.images = images
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.inputPitch = inputPitch
        self.outputPitch = outputPitch
        self.meter = options.meter()
        self.loops = VectorLoops(options.instructionSet)
        isScattered =
            window.kernel == window.stride && window.padBefore == SIMD3() && all(window.dilation .== 1)
            && window.input == window.output &* window.stride
        isJoined = !isScattered || outputPitch == outputChannels
        let (taps, columns) = (window.taps, isJoined ? window.kernel[2] * outputChannels : outputChannels)
        let product = ConvolutionShape(
            window: WindowGeometry(
                input: [window.output[2]], output: [window.output[2]], kernel: [1], stride: [1], dilation: [1],
                padBefore: [0]),
            images: 1, inputChannels: inputChannels, outputChannels: taps * outputChannels, groups: 1,
            inputPitch: inputPitch,
            outputs: Array(repeating: .init(channels: columns, pitch: columns), count: taps * outputChannels / columns))
        let routine = options.product(for: product)
        self.routine = routine
        filters = try PackedFilters(
            product, columnLength: inputChannels, form: isJoined ? "transposed" : "transposed apart", options: options)
        let ordered = weights.map { values in
            (0..<taps * outputChannels).flatMap { column in
                (0..<inputChannels).map { channel in
                    values[(channel * outputChannels + column % outputChannels) * taps + column / outputChannels]
                }
            }
        }
        try filters.fill(ordered, options) { weights, panel, target in
            routine.routine.pack(target, panel.columns, weights + panel.filter * inputChannels, inputChannels, 1)
        }
        func repeated(_ values: [Float]?) -> [Float]? { values.map { all in (0..<taps).flatMap { _ in all } } }
        var own = epilogue
        bias = epilogue.bias
        if isScattered {
            own.bias = repeated(own.bias)
            own.scale = repeated(own.scale)
            if case .prelu(let slopes) = own.ending.activation {
                own.ending.activation = .prelu(slopes: repeated(slopes) ?? [])
            }
        } else {
            own.bias = nil
        }
        self.epilogue = EpilogueValues(own, columns: isScattered ? taps * outputChannels : outputChannels)
        let rows = images * (isScattered ? window.output[1] : window.input[1])
        let macs = images * window.outputPixels * taps * outputChannels * inputChannels
        // Bands have several rows, because products of rows that affect two bands are computed twice.
        tileCount = max(1, min(isScattered ? rows : rows / (2 * window.kernel[1]), macs / 1_000_000))
        scratchByteCount = isScattered ? 0 : window.output[2] * columns * 4
    }

    public static func supports(_ window: WindowGeometry, groups: Int) -> Bool { groups == 1 && window.isPlanar }

    public func run(tile: Int, operands: Operands, scratch: Scratch) {
        if isScattered {
            for row in partition(images * window.output[1], part: tile, of: tileCount) {
                let (image, line) = (row / window.output[1], row % window.output[1])
                let source = operands.floats(0) + row * window.output[2] * inputPitch
                for part in 0..<window.kernel[1] {
                    let first = (image * window.input[1] + line * window.stride[1] + part) * window.input[2]
                    scatter(source, part, to: operands.floats(1) + first * outputPitch)
                }
            }
        } else {
            for image in 0..<images {
                let all = partition(images * window.input[1], part: tile, of: tileCount)
                let first = image * window.input[1]
                let lines = all.clamped(to: first..<first + window.input[1])
                if !lines.isEmpty {
                    add(lines.lowerBound - first..<lines.upperBound - first, of: image, operands, scratch.floats)
                }
            }
        }
    }

    /// Writes one row of the windows of a row of pixels.
    private func scatter(_ source: UnsafePointer<Float>, _ part: Int, to target: UnsafeMutablePointer<Float>) {
        let parts = isJoined ? part..<part + 1 : part * window.kernel[2]..<(part + 1) * window.kernel[2]
        multiply(source, parts, pitch: window.kernel[2] * outputPitch, epilogue) {
            target + ($0 - parts.lowerBound) * outputPitch
        }
    }

    /// Computes lines of an image's output.
    private func add(_ lines: Range<Int>, of image: Int, _ operands: Operands, _ scratch: UnsafeMutablePointer<Float>) {
        let width = window.input[2]
        let target = operands.floats(1) + image * window.inputPixels * outputPitch
        for pixel in lines.lowerBound * width..<lines.upperBound * width {
            let pixel = target + pixel * outputPitch
            if let bias {
                bias.withUnsafeBufferPointer { pixel.update(from: $0.baseAddress!, count: outputChannels) }
            } else {
                pixel.update(repeating: 0, count: outputChannels)
            }
        }
        let columns = window.kernel[2] * outputChannels
        for row in 0..<window.output[1] {
            let source = operands.floats(0) + (image * window.output[1] + row) * window.output[2] * inputPitch
            for part in 0..<window.kernel[1] {
                let line = row * window.stride[1] - window.padBefore[1] + part * window.dilation[1]
                guard lines.contains(line) else { continue }
                multiply(source, part..<part + 1, pitch: columns, nil) { _ in scratch }
                for tap in 0..<window.kernel[2] {
                    addTap(tap, scratch, columns, to: target + line * width * outputPitch)
                }
            }
        }
        var own = epilogue.from(0)
        let first = target + lines.lowerBound * width * outputPitch
        loops.table.finish(first, outputPitch, first, outputPitch, lines.count * width, outputChannels, &own)
    }

    /// Adds one tap of a row of windows to a row of the output.
    private func addTap(
        _ tap: Int, _ products: UnsafePointer<Float>, _ columns: Int, to line: UnsafeMutablePointer<Float>
    ) {
        let (stride, offset) = (window.stride[2], tap * window.dilation[2] - window.padBefore[2])
        let first = offset >= 0 ? 0 : (stride - 1 - offset) / stride
        let last = min(window.output[2] - 1, (window.input[2] - 1 - offset) / stride)
        guard first <= last, window.input[2] > offset else { return }
        let target = line + (first * stride + offset) * outputPitch
        var a = ck_grid(values: target, pitch: stride * outputPitch, step: 1)
        var b = ck_grid(values: products + first * columns + tap * outputChannels, pitch: columns, step: 1)
        var none = ck_epilogue(clamp: .unbounded)
        loops.table.combine(
            target, stride * outputPitch, 1, &a, &b, last - first + 1, outputChannels, CK_SUM, &none)
    }

    private func multiply(
        _ source: UnsafePointer<Float>, _ parts: Range<Int>, pitch: Int, _ epilogue: EpilogueValues?,
        _ target: (_ part: Int) -> UnsafeMutablePointer<Float>
    ) {
        var offset = 0
        withUnsafePointer(to: &offset) { offset in
            var product = ck_product()
            product.a = source
            product.a_pitch = inputPitch
            product.runs = 1
            product.run_length = inputChannels
            product.run_offsets = offset
            product.rows = window.output[2]
            product.c_pitch = pitch
            for panel in filters.panels where parts.contains(panel.output) {
                product.panel = filters.elements + panel.offset
                product.columns = panel.columns
                product.c = target(panel.output) + panel.outputChannel
                product.epilogue = epilogue?.from(panel.filter) ?? ck_epilogue(clamp: .unbounded)
                routine.routine.product(&product)
                meter?.add {
                    $0.calls += 1
                    $0.macs += product.rows * inputChannels * panel.paddedColumns
                    $0.paddingMacs += product.rows * inputChannels * (panel.paddedColumns - panel.columns)
                }
            }
        }
    }
}
