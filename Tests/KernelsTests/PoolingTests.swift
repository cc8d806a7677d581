import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

struct PoolCase: Sendable, CustomTestStringConvertible {
    var name: String
    var input: [Int]
    /// As the caller rounds it; ONNX's ceil_mode makes it one longer than the padded picture holds.
    var output: [Int]
    var kernel: [Int]
    var stride: [Int]
    var dilation: [Int]
    var padBefore: [Int]
    var padAfter: [Int]
    var images: Int
    var channels: Int
    var inputGap: Int
    var outputGap: Int

    init(
        _ name: String, input: [Int], output: [Int], kernel: [Int], stride: [Int]? = nil, dilation: [Int]? = nil,
        padding: [Int]? = nil, padAfter: [Int]? = nil, images: Int = 1, channels: Int, inputGap: Int = 0,
        outputGap: Int = 0
    ) {
        let (ones, zeros) = (input.map { _ in 1 }, input.map { _ in 0 })
        self.name = name
        self.input = input
        self.output = output
        self.kernel = kernel
        self.stride = stride ?? ones
        self.dilation = dilation ?? ones
        self.padBefore = padding ?? zeros
        self.padAfter = padAfter ?? padding ?? zeros
        self.images = images
        self.channels = channels
        self.inputGap = inputGap
        self.outputGap = outputGap
    }

    var testDescription: String { name }

    var window: WindowGeometry {
        WindowGeometry(
            input: input, output: output, kernel: kernel, stride: stride, dilation: dilation, padBefore: padBefore)
    }

    func run(
        _ pooling: Pooling, _ values: [Float], _ options: KernelOptions,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [Float] {
        let kernel = PoolKernel(
            pooling, window: window, padAfter: padAfter, images: images, channels: channels,
            inputPitch: channels + inputGap, outputPitch: channels + outputGap, options: options)
        let input = channelsLast(
            values, images: images, channels: channels, pixels: window.inputPixels, pitch: channels + inputGap)
        let result = try exercise(
            kernel, inputs: [Input(input)],
            outputs: [
                Output(
                    .float32, rows: images * window.outputPixels, channels: channels, pitch: channels + outputGap)
            ], sourceLocation: sourceLocation)
        return planes(result.elements(), images: images, channels: channels, pixels: window.outputPixels)
    }

    static let named: [PoolCase] = [
        PoolCase(
            "3x3 stride 2, ceil mode: the last windows hang over", input: [6, 8], output: [3, 4], kernel: [3, 3],
            stride: [2, 2], images: 2, channels: 19),
        PoolCase(
            "3x3 stride 1, same", input: [5, 4], output: [5, 4], kernel: [3, 3], padding: [1, 1], channels: 17),
        PoolCase("global", input: [3, 5], output: [1, 1], kernel: [3, 5], images: 2, channels: 33),
        PoolCase(
            "slices", input: [4, 4], output: [2, 2], kernel: [2, 2], stride: [2, 2], channels: 5, inputGap: 4,
            outputGap: 9),
        PoolCase(
            "asymmetric padding", input: [4, 5], output: [3, 3], kernel: [3, 3], stride: [2, 2], padding: [0, 2],
            padAfter: [2, 0], channels: 18),
        PoolCase(
            "padding, and a window hanging over it", input: [5, 5], output: [4, 4], kernel: [3, 3], stride: [2, 2],
            padding: [1, 1], padAfter: [1, 0], channels: 3),
        PoolCase(
            "dilation", input: [7, 6], output: [5, 6], kernel: [2, 3], dilation: [2, 2], padding: [0, 2], channels: 4),
        PoolCase(
            "dilation that skips the picture", input: [2, 2], output: [5, 5], kernel: [2, 2], dilation: [3, 3],
            padding: [3, 3], channels: 2),
        PoolCase(
            "windows that lie in padding alone", input: [2, 2], output: [7, 7], kernel: [2, 2], padding: [3, 3],
            channels: 17),
        PoolCase("1x1", input: [3, 3], output: [3, 3], kernel: [1, 1], channels: 6),
        PoolCase("1-D", input: [9], output: [4], kernel: [3], stride: [2], images: 2, channels: 9),
        PoolCase(
            "3-D", input: [3, 4, 5], output: [2, 2, 3], kernel: [2, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1],
            images: 2, channels: 7),
        PoolCase("several tiles", input: [14, 14], output: [14, 14], kernel: [3, 3], padding: [1, 1], channels: 38),
        PoolCase("no images", input: [2, 2], output: [1, 1], kernel: [2, 2], images: 0, channels: 3),
        PoolCase("no channels", input: [2, 2], output: [1, 1], kernel: [2, 2], channels: 0),
    ]

    static func random(seed: UInt64) -> PoolCase {
        var generator = SeededGenerator(seed: seed)
        func pick(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
        let rank = pick(1...3)
        func each(_ range: ClosedRange<Int>) -> [Int] { (0..<rank).map { _ in pick(range) } }
        let (input, kernel, stride) = (each(1...8), each(1...4), each(1...3))
        let (dilation, padding, padAfter) = (each(1...2), each(0...2), each(0...2))
        let output = input.indices.map { axis in
            let room = input[axis] + padding[axis] + padAfter[axis] - dilation[axis] * (kernel[axis] - 1) - 1
            return room < 0 ? 1 : (room + pick(0...stride[axis] - 1)) / stride[axis] + 1
        }
        return PoolCase(
            "seed \(seed)", input: input, output: output, kernel: kernel, stride: stride, dilation: dilation,
            padding: padding, padAfter: padAfter, images: pick(1...2), channels: pick(1...35),
            inputGap: pick(0...1) * pick(1...9), outputGap: pick(0...1) * pick(1...9))
    }
}

/// ``PoolKernel`` against ``poolReference(_:window:padAfter:planes:input:)`` on every instruction set.
@Suite struct PoolingTests {
    private func expectReference(_ problem: PoolCase) throws {
        var generator = SeededGenerator(seed: 9)
        // Whole numbers: sums are exact, and ties are common.
        let values = generator.wholeFloats(problem.images * problem.channels * problem.window.inputPixels)
        for pooling in [Pooling.maximum, .average(includesPadding: false), .average(includesPadding: true)] {
            let expected = poolReference(
                pooling, window: problem.window, padAfter: problem.padAfter, planes: problem.images * problem.channels,
                input: values)
            for options in try Engines.vectorOnly() {
                let actual = try problem.run(pooling, values, options)
                // A maximum is exact. A mean is rounded three times: 1 / count, the product, and the reference.
                expectClose(actual, expected, "\(pooling), \(options.name)") {
                    pooling == .maximum ? 0 : 3 * unitRoundoff * abs(expected[$0])
                }
            }
        }
    }

    @Test("geometries with a history", arguments: PoolCase.named)
    func named(problem: PoolCase) throws { try expectReference(problem) }

    @Test("random geometries", arguments: UInt64(1)...24)
    func random(seed: UInt64) throws { try expectReference(.random(seed: seed)) }

    @Test(
        "more random geometries", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"),
        arguments: UInt64(25)...300)
    func moreRandom(seed: UInt64) throws { try expectReference(.random(seed: seed)) }

    @Test("the reference by hand: what counts at the border")
    func byHand() {
        let problem = PoolCase(
            "", input: [3], output: [3], kernel: [3], stride: [2], padding: [1], padAfter: [1], channels: 1)
        func reference(_ pooling: Pooling) -> [Float] {
            poolReference(pooling, window: problem.window, padAfter: [1], planes: 1, input: [6, -2, 12])
        }
        // Windows: pad 6 -2 | -2 12 pad | beyond the padding.
        #expect(reference(.maximum) == [6, 12, -.infinity])
        #expect(reference(.average(includesPadding: false)) == [2, 5, 0])
        #expect(reference(.average(includesPadding: true))[..<2] == [4 / 3, 10 / 3])
    }

    /// Of 18 channels, the first is in a register and the last after all full registers, whatever the instruction set.
    @Test("a NaN reaches exactly the outputs whose windows hold it", arguments: [0, 17], [0, 12, 24])
    func notANumber(channel: Int, position: Int) throws {
        let problem = PoolCase("", input: [5, 5], output: [5, 5], kernel: [3, 3], padding: [1, 1], channels: 18)
        var values = [Float](repeating: 1, count: 18 * 25)
        values[channel * 25 + position] = .nan
        for options in try Engines.vectorOnly() {
            for pooling in [Pooling.maximum, .average(includesPadding: false)] {
                for (index, value) in try problem.run(pooling, values, options).enumerated() {
                    let (y, x) = (index % 25 / 5, index % 5)
                    let isNear = index / 25 == channel && abs(y - position / 5) <= 1 && abs(x - position % 5) <= 1
                    #expect(value.isNaN == isNear, "\(pooling) at \(index), \(options.name)")
                }
            }
        }
    }

    @Test("infinities are numbers like any other")
    func infinities() throws {
        let problem = PoolCase("", input: [3], output: [2], kernel: [2], channels: 17)
        let values = Array(repeatElement([-.infinity, -.infinity, .infinity] as [Float], count: 17).joined())
        for options in try Engines.vectorOnly() {
            let expected = Array(repeatElement([-.infinity, .infinity] as [Float], count: 17).joined())
            expectEqual(try problem.run(.maximum, values, options), expected, options.name)
        }
    }
}

@Suite struct MaxPoolIndicesTests {
    private func run<Element: NumericElement & Comparable>(
        _ problem: PoolCase, _ values: [Element], isColumnMajor: Bool = false, hasIndices: Bool = true
    ) throws -> (values: [Element], indices: [Int64]) {
        let (window, planes) = (problem.window, problem.images * problem.channels)
        let kernel = MaxPoolIndicesKernel<Element>(
            window: window, planes: planes, hasIndices: hasIndices, isColumnMajor: isColumnMajor)
        var outputs = [Output(Element.elementType, count: planes * window.outputPixels)]
        if hasIndices { outputs.append(Output(.int64, count: planes * window.outputPixels)) }
        let result = try exercise(kernel, inputs: [Input(values)], outputs: outputs)
        return (result.elements(), hasIndices ? result.elements(1) : [])
    }

    @Test("maxima are the reference's, and lie where the indices say", arguments: PoolCase.named)
    func againstReference(problem: PoolCase) throws {
        var generator = SeededGenerator(seed: 4)
        let window = problem.window
        let x = generator.wholeFloats(problem.images * problem.channels * window.inputPixels, bound: 100)
        let expected = poolReference(
            .maximum, window: window, padAfter: problem.padAfter, planes: problem.images * problem.channels, input: x)
        let (values, indices) = try run(problem, x)
        expectEqual(values, expected)
        for (index, value) in values.enumerated() where value > -.infinity {
            #expect(x[Int(indices[index])] == value)
            #expect(Int(indices[index]) / window.inputPixels == index / window.outputPixels)
        }
        expectEqual(try run(problem, x, hasIndices: false).values, expected)
    }

    @Test("of equal elements the first is taken; indices count rows or columns first")
    func order() throws {
        let problem = PoolCase("", input: [2, 3], output: [1, 2], kernel: [2, 2], channels: 2)
        let x: [Int8] = [7, 1, -3, 7, 9, 9] + [-1, -5, -5, -2, -1, -9]
        #expect(try run(problem, x).values == [9, 9, -1, -1])
        #expect(try run(problem, x).indices == [4, 4, 6, 10])
        #expect(try run(problem, x, isColumnMajor: true).indices == [3, 3, 6, 9])
    }

    @Test("column-major indices in three dimensions let the first axis run fastest")
    func columnMajor() throws {
        let problem = PoolCase("", input: [2, 3, 4], output: [1, 1, 1], kernel: [2, 3, 4], channels: 1)
        var x = [UInt8](repeating: 0, count: 24)
        x[1 * 12 + 2 * 4 + 3] = 255
        x[1 * 12 + 0 * 4 + 2] = 254
        #expect(try run(problem, x).indices == [23])
        x[23] = 0
        #expect(try run(problem, x).indices == [14])
        #expect(try run(problem, x, isColumnMajor: true).indices == [1 + 2 * (0 + 3 * 2)])
    }

    @Test("NaN wins, as in the kernel for channels-last images")
    func notANumber() throws {
        let problem = PoolCase("", input: [3], output: [1], kernel: [3], channels: 1)
        for position in 0..<3 {
            var x: [Float] = [1, 2, 3]
            x[position] = .nan
            let result = try run(problem, x)
            #expect(result.values[0].isNaN, "NaN at \(position)")
            #expect(result.indices == [Int64(position)])
        }
    }

    @Test("a window in padding alone gives the lowest value of the type")
    func emptyWindow() throws {
        let problem = PoolCase("", input: [1], output: [3], kernel: [1], padding: [1], channels: 1)
        #expect(try run(problem, [-7] as [Int8]).values == [-128, -7, -128])
        #expect(try run(problem, [-7] as [Double]).values == [-.infinity, -7, -.infinity])
    }
}
