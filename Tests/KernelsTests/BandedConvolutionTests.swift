import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// Something that a 1x1 convolution may read band by band, and the convolution.
struct BandCase: Sendable, CustomTestStringConvertible {
    enum Producer: Sendable {
        case depthwise(stride: Int, dilation: Int)
        case pool(Pooling, stride: Int)
        case normalisation
    }

    var producer: Producer
    var extent: Int
    var channels: Int
    var filters: Int
    var images = 1
    var gap = 0
    var residualGap: Int?
    var outputs: [(channels: Int, gap: Int)]?

    var testDescription: String { "\(producer), \(images) x \(channels) x \(extent) x \(extent) to \(filters)" }

    static let all: [BandCase] = [
        // Some with several bands, more images than one, slices, and channels that fill no register.
        BandCase(producer: .depthwise(stride: 1, dilation: 1), extent: 14, channels: 64, filters: 512),
        BandCase(producer: .depthwise(stride: 1, dilation: 1), extent: 9, channels: 13, filters: 5, gap: 3),
        BandCase(
            producer: .depthwise(stride: 2, dilation: 1), extent: 27, channels: 160, filters: 100, images: 2,
            residualGap: 5),
        BandCase(producer: .depthwise(stride: 1, dilation: 2), extent: 7, channels: 24, filters: 40, images: 2),
        BandCase(
            producer: .pool(.maximum, stride: 1), extent: 28, channels: 192, filters: 64, outputs: [(40, 2), (24, 7)]),
        BandCase(producer: .pool(.maximum, stride: 2), extent: 8, channels: 6, filters: 40, images: 3, gap: 4),
        BandCase(producer: .pool(.average(includesPadding: false), stride: 1), extent: 7, channels: 40, filters: 33),
        BandCase(producer: .pool(.average(includesPadding: true), stride: 1), extent: 7, channels: 40, filters: 33),
        BandCase(producer: .normalisation, extent: 56, channels: 64, filters: 64),
        BandCase(producer: .normalisation, extent: 5, channels: 7, filters: 3, images: 2, gap: 1, residualGap: 0),
    ]

    /// Of what the 1x1 convolution reads.
    var rows: Int {
        switch producer {
        case .depthwise(let stride, let dilation): (extent + 2 - 2 * dilation - 1) / stride + 1
        case .pool(_, let stride): (extent + 2 - 3) / stride + 1
        case .normalisation: extent
        }
    }

    func makeProducer(_ generator: inout SeededGenerator, _ options: KernelOptions) throws -> any Kernel {
        func window(_ stride: Int, _ dilation: Int) -> WindowGeometry {
            WindowGeometry(
                input: [extent, extent], output: [rows, rows], kernel: [3, 3], stride: [stride, stride],
                dilation: [dilation, dilation], padBefore: [1, 1])
        }
        switch producer {
        case .depthwise(let stride, let dilation):
            let shape = ConvolutionShape(
                window: window(stride, dilation), images: images, inputChannels: channels, outputChannels: channels,
                groups: channels, inputPitch: channels + gap, outputs: [.init(channels: channels, pitch: channels)])
            return try DepthwiseConvolutionKernel(
                shape, weights: Weights(generator.floats(9 * channels)),
                epilogue: Epilogue(bias: generator.floats(channels), clamp: ClampRange(lower: 0, upper: 6)),
                options: options)
        case .pool(let pooling, let stride):
            return PoolKernel(
                pooling, window: window(stride, 1), padAfter: [1, 1], images: images, channels: channels,
                inputPitch: channels + gap, outputPitch: channels, options: options)
        case .normalisation:
            return LRNKernel(
                pixels: images * extent * extent, channels: channels, inputPitch: channels + gap,
                outputPitch: channels, size: 5, alpha: 1, beta: 0.75, bias: 1, options: options)
        }
    }

    func makeProduct(_ generator: inout SeededGenerator, _ options: KernelOptions) throws -> any Kernel {
        let window = WindowGeometry(
            input: [rows, rows], output: [rows, rows], kernel: [1, 1], stride: [1, 1], dilation: [1, 1],
            padBefore: [0, 0])
        let shape = ConvolutionShape(
            window: window, images: images, inputChannels: channels, outputChannels: filters, groups: 1,
            inputPitch: channels,
            outputs: parts.map { .init(channels: $0.channels, pitch: $0.channels + $0.gap) },
            residualPitch: residualGap.map { filters + $0 })
        return try PackedConvolutionKernel(
            shape, weights: Weights(generator.floats(channels * filters)),
            epilogue: Epilogue(bias: generator.floats(filters), clamp: .relu), options: options)
    }

    var parts: [(channels: Int, gap: Int)] { outputs ?? [(filters, 0)] }
}

@Suite("1x1 convolutions that make what they read, band by band") struct BandedConvolutionTests {
    @Test("the same bits as one kernel after the other", arguments: BandCase.all) func sameBits(band: BandCase) throws {
        for options in try Engines.packed() {
            var generator = SeededGenerator(seed: 3)
            let producer = try band.makeProducer(&generator, options)
            let product = try band.makeProduct(&generator, options)
            let joined = try #require(product.following(producer))
            #expect(
                joined.report.preparedByteCount == producer.report.preparedByteCount + product.report.preparedByteCount)
            let pixels = band.images * band.rows * band.rows
            let input = Input(generator.floats(band.images * band.extent * band.extent * (band.channels + band.gap)))
            let residual = band.residualGap.map { [Input(generator.floats(pixels * (band.filters + $0)))] } ?? []
            let outputs = band.parts.map {
                Output(.float32, rows: pixels, channels: $0.channels, pitch: $0.channels + $0.gap)
            }
            let middle = try exercise(
                producer, inputs: [input], outputs: [Output(.float32, rows: pixels, channels: band.channels)])
            let expected = try exercise(
                product, inputs: [Input(middle.elements(as: Float.self))] + residual, outputs: outputs)
            let actual = try exercise(joined, inputs: [input] + residual, outputs: outputs)
            for index in outputs.indices {
                expectEqual(actual.elements(index), expected.elements(index), "\(options.name), output \(index)")
            }
        }
    }

    @Test("several bands, where there is work for them") func bands() throws {
        var generator = SeededGenerator(seed: 1)
        let band = BandCase.all[0]
        for options in try Engines.packed() {
            let joined = try band.makeProduct(&generator, options).following(
                band.makeProducer(&generator, options))
            #expect(try #require(joined).tileCount > 1)
        }
    }

    @Test("not joined: other pixels, windows, groups, more weights than a cache holds, one line only") func apart()
        throws
    {
        let options = try #require(try Engines.packed().last)
        var generator = SeededGenerator(seed: 1)
        let band = BandCase(producer: .pool(.maximum, stride: 1), extent: 6, channels: 8, filters: 8)
        let producer = try band.makeProducer(&generator, options)
        #expect(try band.makeProduct(&generator, options).following(producer) != nil)
        let cases = [
            ConvolutionCase("other pixels", input: [6, 7], kernel: [1, 1], channels: 8, filters: 8),
            ConvolutionCase("other channels", input: [6, 6], kernel: [1, 1], channels: 9, filters: 8),
            ConvolutionCase("a window", input: [6, 6], kernel: [3, 3], padding: [1, 1], channels: 8, filters: 8),
            ConvolutionCase("a stride", input: [6, 6], kernel: [1, 1], stride: [2, 2], channels: 8, filters: 8),
            ConvolutionCase("groups", input: [6, 6], kernel: [1, 1], channels: 8, filters: 8, groups: 2),
            ConvolutionCase("a slice", input: [6, 6], kernel: [1, 1], channels: 8, filters: 8, inputGap: 1),
            ConvolutionCase("weights", input: [6, 6], kernel: [1, 1], channels: 8, filters: 40_000),
        ]
        for other in cases {
            let product = try other.kernel(other.realValues(), options)
            #expect(product.following(producer) == nil, "\(other.name)")
        }
        let single = BandCase(producer: .pool(.maximum, stride: 1), extent: 1, channels: 8, filters: 8)
        #expect(
            try single.makeProduct(&generator, options).following(single.makeProducer(&generator, options)) == nil)
        // A kernel that no bands come from.
        let softmax = SoftmaxKernel(outer: 36, length: 8, inner: 1, isLogarithm: false, options: options)
        #expect(try band.makeProduct(&generator, options).following(softmax) == nil)
    }
}
