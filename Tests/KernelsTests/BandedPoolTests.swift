import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// A pooling, and what makes the rows that it reads.
struct BandedPoolCase: Sendable, CustomTestStringConvertible {
    enum Producer: Sendable {
        case convolution(ConvolutionCase)
        /// With few filters.
        case planar(ConvolutionCase)
        case normalisation(gap: Int)
    }

    var name: String
    var producer: Producer
    /// Of what the pooling reads.
    var extent: [Int]
    var channels: Int
    var pooling: Pooling = .maximum
    var kernel = 3
    var stride = 2
    var padding = 0
    var images = 1
    var outputGap = 0
    /// Floats between the pixels that the pooling reads, where it is alone.
    var inputGap = 0

    var testDescription: String { name }

    static let all: [BandedPoolCase] = [
        BandedPoolCase(
            name: "the first layers of GoogLeNet in miniature",
            producer: .convolution(
                ConvolutionCase(
                    "7x7", input: [131, 40], kernel: [7, 7], stride: [2, 2], padding: [3, 3], channels: 3,
                    filters: 19, clamp: .relu)),
            extent: [66, 20], channels: 19, padding: 1),
        BandedPoolCase(
            name: "images, gaps, lines without padding",
            producer: .convolution(
                ConvolutionCase(
                    "3x3", input: [21, 7], kernel: [3, 3], images: 3, channels: 2, filters: 33, inputGap: 5)),
            extent: [19, 5], channels: 33, kernel: 2, images: 3, outputGap: 4),
        BandedPoolCase(
            name: "1x1",
            producer: .convolution(
                ConvolutionCase("1x1", input: [18, 9], kernel: [1, 1], images: 2, channels: 9, filters: 6)),
            extent: [18, 9], channels: 6, kernel: 2, images: 2),
        BandedPoolCase(
            name: "few filters",
            producer: .planar(
                ConvolutionCase(
                    "3x3", input: [20, 33], kernel: [3, 3], padding: [1, 1], images: 2, channels: 5, filters: 2,
                    clamp: .relu)),
            extent: [20, 33], channels: 2, images: 2),
        BandedPoolCase(
            name: "mean", producer: .normalisation(gap: 2), extent: [17, 6], channels: 21,
            pooling: .average(includesPadding: false), padding: 1, images: 2),
        BandedPoolCase(
            name: "windows wholly in the padding", producer: .normalisation(gap: 0), extent: [16, 3], channels: 5,
            kernel: 2, stride: 2, padding: 4, images: 2),
        BandedPoolCase(
            name: "rows as wide as GoogLeNet's", producer: .normalisation(gap: 0), extent: [56, 56], channels: 192),
    ]

    var output: [Int] { extent.map { ($0 + 2 * padding - kernel) / stride + 1 } }

    func makeProducer(_ options: KernelOptions) throws -> any Kernel {
        switch producer {
        case .convolution(let other): return try other.kernel(other.realValues(), options)
        case .planar(let other):
            let own = try KernelOptions(.packed, instructionSet: options.instructionSet)
            return try #require(try other.planarKernel(other.realValues(), own))
        case .normalisation(let gap):
            return LRNKernel(
                pixels: images * extent[0] * extent[1], channels: channels, inputPitch: channels + gap,
                outputPitch: channels, size: 5, alpha: 1, beta: 0.75, bias: 1, options: options)
        }
    }

    func makePool(_ options: KernelOptions) -> any Kernel {
        let window = WindowGeometry(
            input: extent, output: output, kernel: [kernel, kernel], stride: [stride, stride], dilation: [1, 1],
            padBefore: [padding, padding])
        return PoolKernel(
            pooling, window: window, padAfter: [padding, padding], images: images, channels: channels,
            inputPitch: channels + inputGap, outputPitch: channels + outputGap, options: options)
    }

    var inputCount: Int {
        switch producer {
        case .convolution(let other), .planar(let other):
            images * other.shape.window.inputPixels * (other.channels + other.inputGap)
        case .normalisation(let gap): images * extent[0] * extent[1] * (channels + gap)
        }
    }
}

@Suite("poolings that make what they read, band by band") struct BandedPoolTests {
    @Test("the same bits as one kernel after the other", arguments: BandedPoolCase.all)
    func sameBits(pool: BandedPoolCase) throws {
        for options in try Engines.packed() {
            let producer = try pool.makeProducer(options)
            let alone = pool.makePool(options)
            let joined = try #require(alone.following(producer))
            #expect(joined.tileCount >= 8)
            #expect(joined.report.preparedByteCount == producer.report.preparedByteCount)
            var generator = SeededGenerator(seed: 3)
            let input = Input(generator.floats(pool.inputCount))
            let rows = pool.images * pool.extent[0] * pool.extent[1]
            let output = Output(
                .float32, rows: pool.images * pool.output[0] * pool.output[1], channels: pool.channels,
                pitch: pool.channels + pool.outputGap)
            let middle = try exercise(
                producer, inputs: [input], outputs: [Output(.float32, rows: rows, channels: pool.channels)])
            let expected = try exercise(
                alone, inputs: [Input(middle.elements(as: Float.self))], outputs: [output])
            let actual = try exercise(joined, inputs: [input], outputs: [output])
            expectEqual(actual.elements(), expected.elements(), options.name)
        }
    }

    @Test("not joined where it would be slower or something else") func apart() throws {
        let options = try #require(try Engines.packed().last)
        func join(_ change: (inout BandedPoolCase) -> Void) throws -> Bool {
            var pool = BandedPoolCase.all[0]
            change(&pool)
            return try pool.makePool(options).following(pool.makeProducer(options)) != nil
        }
        func convolution(
            _ input: [Int], channels: Int = 3, filters: Int = 19, groups: Int = 1, kernel: Int = 1,
            outputs: [(channels: Int, gap: Int)]? = nil, residualGap: Int? = nil
        ) -> BandedPoolCase.Producer {
            .convolution(
                ConvolutionCase(
                    "", input: input, kernel: [kernel, kernel], padding: [kernel / 2, kernel / 2], channels: channels,
                    filters: filters, groups: groups, outputs: outputs, residualGap: residualGap))
        }
        let extent = BandedPoolCase.all[0].extent
        #expect(try join { _ in })
        #expect(try join { $0.producer = convolution(extent) })
        #expect(try !join { $0.producer = convolution([66, 21]) }, "other pixels")
        #expect(try !join { $0.producer = convolution(extent, filters: 20) }, "other channels")
        #expect(try !join { $0.producer = convolution(extent, channels: 19, groups: 19) }, "groups")
        #expect(try !join { $0.producer = convolution(extent, outputs: [(9, 0), (10, 0)]) }, "two outputs")
        #expect(try !join { $0.producer = convolution(extent, residualGap: 0) }, "a sum")
        #expect(try !join { $0.inputGap = 1 }, "a slice")
        #expect(try !join { $0.pooling = .average(includesPadding: true) }, "not by rows")
        #expect(try !join { ($0.extent, $0.producer) = ([14, 20], convolution([14, 20])) }, "few lines")
        #expect(try !join { $0.stride = 1 }, "most rows twice")
        #expect(try !join { $0.producer = convolution(extent, channels: 200, kernel: 3) }, "dear rows twice")
        let wide = [66, 20_000]
        #expect(try !join { ($0.extent, $0.producer) = (wide, convolution(wide, channels: 1)) }, "wide rows")
    }
}
