import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite struct LRNTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var channels: Int
        var size: Int
        var alpha: Float = 0.0001
        var beta: Float = 0.75
        var bias: Float = 1
        var pixels = 3
        var inputGap = 0
        var outputGap = 0

        var testDescription: String { "\(channels) channels, size \(size), beta \(beta)" }
    }

    @Test(
        "every channel is divided by its neighbourhood, against float64",
        arguments: [
            Problem(channels: 64, size: 5), Problem(channels: 37, size: 5, alpha: 2, bias: 2),
            Problem(channels: 16, size: 3, alpha: 1), Problem(channels: 19, size: 1, alpha: 1),
            // Even sizes have one channel more after the centre than before it.
            Problem(channels: 23, size: 4, alpha: 3), Problem(channels: 17, size: 2, alpha: 3),
            // The window is wider than all channels.
            Problem(channels: 3, size: 5, alpha: 1), Problem(channels: 5, size: 100, alpha: 1),
            Problem(channels: 1, size: 6, alpha: 1), Problem(channels: 20, size: 38, alpha: 1),
            Problem(channels: 20, size: 40, alpha: 1), Problem(channels: 20, size: 41, alpha: 1),
            Problem(channels: 35, size: 5, alpha: 1, beta: 0.5), Problem(channels: 35, size: 5, alpha: 1, beta: 1),
            Problem(channels: 35, size: 5, alpha: 1, beta: 0), Problem(channels: 18, size: 5, alpha: 1, beta: 2.25),
            Problem(channels: 33, size: 5, alpha: 1, inputGap: 3, outputGap: 6),
            Problem(channels: 64, size: 5, alpha: 1, pixels: 1100), Problem(channels: 5, size: 3, pixels: 0),
        ])
    func definition(problem: Problem) throws {
        var generator = SeededGenerator(seed: 7)
        let (channels, size) = (problem.channels, problem.size)
        let x = generator.floats(problem.pixels * channels).map { $0 * 4 }
        var expected: [Float] = []
        for pixel in 0..<problem.pixels {
            let own = x[pixel * channels..<(pixel + 1) * channels].map(Double.init)
            for channel in 0..<channels {
                let first = max(0, channel - (size - 1) / 2)
                let last = min(channels - 1, channel + size / 2)
                let sum = own[first...last].reduce(0) { $0 + $1 * $1 }
                let base = Double(problem.bias) + Double(problem.alpha) / Double(size) * sum
                expected.append(Float(own[channel] * pow(base, -Double(problem.beta))))
            }
        }
        // The base is a sum of at most size + 1 positive terms and the power takes its error beta times; a few
        // roundings more for alpha / size, the power and the product.
        let terms = Float(min(size, channels) + 3)
        let tolerance = (terms * max(1, problem.beta) + 8) * unitRoundoff
        let input = channelsLast(
            x.isEmpty ? [] : planes(x, images: 1, channels: channels, pixels: problem.pixels), images: 1,
            channels: channels, pixels: problem.pixels, pitch: channels + problem.inputGap)
        for options in try Engines.vectorOnly() {
            let kernel = LRNKernel(
                pixels: problem.pixels, channels: channels, inputPitch: channels + problem.inputGap,
                outputPitch: channels + problem.outputGap, size: size, alpha: problem.alpha, beta: problem.beta,
                bias: problem.bias, options: options)
            let result = try exercise(
                kernel, inputs: [Input(input)],
                outputs: [
                    Output(
                        .float32, rows: problem.pixels, channels: channels, pitch: channels + problem.outputGap)
                ])
            expectClose(result.elements(), expected, options.name) { tolerance * abs(expected[$0]) }
        }
    }
}

@Suite struct ScaleShiftTests {
    @Test("scale and shift a channel, clamp last", arguments: [1, 4, 15, 16, 17, 50])
    func definition(channels: Int) throws {
        var generator = SeededGenerator(seed: 8)
        let pixels = channels == 50 ? 1400 : 6
        let x = generator.wholeFloats(pixels * channels)
        let (scale, shift) = (generator.wholeFloats(channels), generator.wholeFloats(channels))
        let clamp = ClampRange(lower: -3, upper: 9)
        let expected = x.indices.map { min(max(x[$0] * scale[$0 % channels] + shift[$0 % channels], -3), 9) }
        let input = channelsLast(
            planes(x, images: 1, channels: channels, pixels: pixels), images: 1, channels: channels, pixels: pixels,
            pitch: channels + 2)
        for options in try Engines.vectorOnly() {
            let kernel = EpilogueKernel(
                pixels: pixels, channels: channels, inputPitch: channels + 2, outputPitch: channels + 3,
                Epilogue(scale: scale, bias: shift, clamp: clamp), options: options)
            #expect((kernel.tileCount > 1) == (channels == 50))
            let result = try exercise(
                kernel, inputs: [Input(input)],
                outputs: [Output(.float32, rows: pixels, channels: channels, pitch: channels + 3)])
            expectEqual(result.elements(), expected, options.name)
        }
    }
}

@Suite struct InstanceNormTests {
    @Test("mean and deviation of every channel of every image, against float64", arguments: [0, 1000] as [Float])
    func definition(offset: Float) throws {
        var generator = SeededGenerator(seed: 10)
        let (images, channels, pixels) = (2, 3, 35)
        let epsilon: Float = 1e-5
        let x = generator.floats(images * channels * pixels).map { $0 + offset }
        let (scale, shift) = (generator.floats(channels), generator.floats(channels))
        var expected: [Float] = []
        for plane in 0..<images * channels {
            let own = x[plane * pixels..<(plane + 1) * pixels].map(Double.init)
            let mean = own.reduce(0, +) / Double(pixels)
            let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels)
            for value in own {
                expected.append(
                    Float(
                        (value - mean) / (variance + Double(epsilon)).squareRoot() * Double(scale[plane % channels])
                            + Double(shift[plane % channels])))
            }
        }
        let kernel = InstanceNormKernel(images: images, channels: channels, pixels: pixels, epsilon: epsilon)
        let result = try exercise(
            kernel, inputs: [Input(x), Input(scale), Input(shift)], outputs: [Output(.float32, count: x.count)])
        // All in float64: only the last rounding shows, and what is left where scale and shift cancel.
        expectClose(result.elements(), expected) { 2 * unitRoundoff * abs(expected[$0]) + 1e-10 }
    }

    @Test("one pixel gives the shift; no pixels give nothing")
    func degenerate() throws {
        let one = InstanceNormKernel(images: 1, channels: 2, pixels: 1, epsilon: 0.1)
        let result = try exercise(
            one, inputs: [Input([5, -5] as [Float]), Input([2, 3] as [Float]), Input([7, 8] as [Float])],
            outputs: [Output(.float32, count: 2)])
        #expect(result.elements() == [7, 8] as [Float])
        let none = InstanceNormKernel(images: 1, channels: 2, pixels: 0, epsilon: 0.1)
        _ = try exercise(
            none, inputs: [Input([] as [Float]), Input([2, 3] as [Float]), Input([7, 8] as [Float])],
            outputs: [Output(.float32, count: 0)])
    }
}

@Suite struct SoftmaxTests {
    /// The answer of each instruction set.
    private func run(_ x: [Float], outer: Int, length: Int, inner: Int, isLogarithm: Bool) throws -> [[Float]] {
        try Engines.vectorOnly().map { options in
            let kernel = SoftmaxKernel(
                outer: outer, length: length, inner: inner, isLogarithm: isLogarithm, options: options)
            return try exercise(kernel, inputs: [Input(x)], outputs: [Output(.float32, count: x.count)]).elements()
        }
    }

    @Test(
        "exponentials of every line add up to one, against float64",
        arguments: [
            (3, 10, 1, 1), (2, 5, 7, 1), (1, 1, 4, 1), (2, 9, 3, 60), (1, 1000, 1, 20), (0, 4, 2, 1), (300, 120, 2, 3),
        ] as [(Int, Int, Int, Float)])
    func definition(outer: Int, length: Int, inner: Int, scale: Float) throws {
        var generator = SeededGenerator(seed: 11)
        let x = generator.floats(outer * length * inner).map { $0 * scale }
        var (expected, logarithms, spans) = (x, x, x)
        for line in 0..<outer * inner {
            let places = (0..<length).map { (line / inner * length + $0) * inner + line % inner }
            let largest = places.map { Double(x[$0]) }.max() ?? 0
            let sum = places.reduce(0) { $0 + exp(Double(x[$1]) - largest) }
            for place in places {
                let distance = Double(x[place]) - largest
                expected[place] = Float(exp(distance) / sum)
                logarithms[place] = Float(distance - log(sum))
                spans[place] = Float(-distance)
            }
        }
        // The difference to the largest is rounded before the exponential, which multiplies its error.
        for found in try run(x, outer: outer, length: length, inner: inner, isLogarithm: false) {
            expectClose(found, expected) { (spans[$0] + 8) * unitRoundoff * expected[$0] + .leastNormalMagnitude }
        }
        for found in try run(x, outer: outer, length: length, inner: inner, isLogarithm: true) {
            expectClose(found, logarithms) { (spans[$0] + abs(logarithms[$0]) + 8) * 2 * unitRoundoff }
        }
    }

    @Test("numbers whose exponentials overflow are no trouble")
    func largeNumbers() throws {
        let x: [Float] = [1e30, 1e30, -1e30]
        for found in try run(x, outer: 1, length: 3, inner: 1, isLogarithm: false) { #expect(found == [0.5, 0.5, 0]) }
        for found in try run([3e4, 3e4 - 88, -3e4], outer: 1, length: 3, inner: 1, isLogarithm: true) {
            #expect(found == [0, -88, -6e4])
        }
        for found in try run([-.infinity, 0], outer: 1, length: 2, inner: 1, isLogarithm: false) {
            #expect(found == [0, 1])
        }
    }

    @Test("a NaN makes its own line NaN and no other")
    func notANumber() throws {
        for place in 0..<3 {
            var x: [Float] = [1, 2, 3, 1, 2, 3]
            x[place] = .nan
            for found in try run(x, outer: 2, length: 3, inner: 1, isLogarithm: false) {
                #expect(found.map(\.isNaN) == [true, true, true, false, false, false])
            }
        }
    }
}

@Suite struct RowNormTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var rows: Int
        var length: Int
        var scaleCount: Int
        var shiftCount: Int?
        var isCentered = true
        var moments: [RowNormKernel.Moment] = []
        /// Added to every element: a mean that is large compared with the deviation.
        var offset: Float = 0

        var testDescription: String { "\(rows) x \(length), scale \(scaleCount), \(isCentered ? "" : "not ")centred" }
    }

    @Test(
        "every row is brought to scale and shift, against float64",
        arguments: [
            Problem(rows: 3, length: 64, scaleCount: 64, shiftCount: 64, moments: [.mean, .inverseDeviation]),
            Problem(rows: 2, length: 37, scaleCount: 37, shiftCount: nil, moments: [.mean]),
            Problem(rows: 5, length: 1, scaleCount: 1, shiftCount: 1), Problem(rows: 0, length: 8, scaleCount: 8),
            Problem(rows: 4, length: 33, scaleCount: 33, isCentered: false, moments: [.inverseDeviation]),
            Problem(rows: 4, length: 0, scaleCount: 0, isCentered: false, moments: [.inverseDeviation]),
            // Scale and shift repeat within a row, or are longer than one.
            Problem(rows: 6, length: 12, scaleCount: 4, shiftCount: 36), Problem(rows: 2, length: 6, scaleCount: 1),
            Problem(rows: 1300, length: 70, scaleCount: 70, shiftCount: 70, offset: 1000),
        ])
    func definition(problem: Problem) throws {
        var generator = SeededGenerator(seed: 21)
        let (rows, length) = (problem.rows, problem.length)
        let x = generator.floats(rows * length).map { $0 + problem.offset }
        let scale = generator.floats(problem.scaleCount)
        let shift = problem.shiftCount.map { generator.floats($0) }
        var (expected, tolerances, means, inverses) = ([Float](), [Float](), [Float](), [Float]())
        for row in 0..<rows {
            let own = x[row * length..<(row + 1) * length].map(Double.init)
            let mean = problem.isCentered ? own.reduce(0, +) / Double(length) : 0
            let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
            let inverse = 1 / (variance + 1e-5).squareRoot()
            means.append(Float(mean))
            inverses.append(Float(inverse))
            for (index, value) in own.enumerated() {
                let flat = row * length + index
                let product = (value - mean) * inverse * Double(scale[flat % scale.count])
                let addend = shift.map { Double($0[flat % $0.count]) } ?? 0
                expected.append(Float(product + addend))
                // Roundings of the difference, the inverse, two products and the sum.
                tolerances.append(5 * unitRoundoff * Float(abs(product) + abs(addend)) + 1e-12)
            }
        }
        let kernel = RowNormKernel(
            rows: rows, length: length, scaleCount: problem.scaleCount, shiftCount: problem.shiftCount, epsilon: 1e-5,
            isCentered: problem.isCentered, moments: problem.moments)
        let result = try exercise(
            kernel, inputs: [Input(x), Input(scale)] + (shift.map { [Input($0)] } ?? []),
            outputs: [Output(.float32, count: x.count)] + problem.moments.map { _ in Output(.float32, count: rows) })
        expectClose(result.elements(), expected) { tolerances[$0] }
        for (index, moment) in problem.moments.enumerated() {
            let wanted = moment == .mean ? means : inverses
            expectClose(result.elements(index + 1), wanted) { 1e-6 * abs(wanted[$0]) }
        }
    }
}

@Suite struct GroupNormTests {
    struct Problem: Sendable, CustomTestStringConvertible {
        var images = 2
        var pixels: Int
        var channels: Int
        var groups: Int
        var inputGap = 0
        var outputGap = 0
        var scalesGroups = false
        var clamp = ClampRange.unbounded
        var offset: Float = 0

        var testDescription: String { "\(channels) channels in \(groups) groups, \(pixels) pixels" }
    }

    @Test(
        "the channels of a group share their moments, against float64",
        arguments: [
            Problem(pixels: 35, channels: 12, groups: 3), Problem(pixels: 5, channels: 64, groups: 32, inputGap: 3),
            Problem(pixels: 9, channels: 20, groups: 1, outputGap: 5), Problem(pixels: 7, channels: 6, groups: 6),
            Problem(pixels: 12, channels: 40, groups: 20, scalesGroups: true, clamp: .relu),
            Problem(pixels: 1, channels: 8, groups: 2), Problem(pixels: 0, channels: 8, groups: 2),
            Problem(images: 0, pixels: 3, channels: 8, groups: 2),
            Problem(pixels: 50, channels: 34, groups: 17, offset: 1000),
        ])
    func definition(problem: Problem) throws {
        var generator = SeededGenerator(seed: 22)
        let (pixels, channels, groups) = (problem.pixels, problem.channels, problem.groups)
        let (width, rows) = (channels / groups, problem.images * pixels)
        let x = generator.floats(rows * channels).map { $0 + problem.offset }
        let count = problem.scalesGroups ? groups : channels
        let (scale, shift) = (generator.floats(count), generator.floats(count))
        var expected = [Float](repeating: 0, count: x.count)
        var tolerances = expected
        for image in 0..<problem.images {
            for group in 0..<groups {
                let places = (0..<pixels).flatMap { pixel in
                    (0..<width).map { (image * pixels + pixel) * channels + group * width + $0 }
                }
                let mean = places.reduce(0) { $0 + Double(x[$1]) } / Double(places.count)
                let variance =
                    places.reduce(0) { $0 + (Double(x[$1]) - mean) * (Double(x[$1]) - mean) } / Double(places.count)
                for place in places {
                    let index = problem.scalesGroups ? group : place % channels
                    let product = (Double(x[place]) - mean) / (variance + 1e-5).squareRoot() * Double(scale[index])
                    expected[place] = problem.clamp.applied(to: Float(product + Double(shift[index])))
                    tolerances[place] = 4 * unitRoundoff * (Float(abs(product)) + abs(shift[index])) + 1e-12
                }
            }
        }
        let (inputPitch, outputPitch) = (channels + problem.inputGap, channels + problem.outputGap)
        let padded = (0..<rows).flatMap { row in
            Array(x[row * channels..<(row + 1) * channels]) + [Float](repeating: .nan, count: problem.inputGap)
        }
        let kernel = GroupNormKernel(
            "group normalisation", images: problem.images, pixels: pixels, channels: channels, groups: groups,
            inputPitch: inputPitch, outputPitch: outputPitch, epsilon: 1e-5, scalesGroups: problem.scalesGroups,
            ending: Ending(clamp: problem.clamp), options: try Engines.one())
        let result = try exercise(
            kernel, inputs: [Input(padded), Input(scale), Input(shift)],
            outputs: [Output(.float32, rows: rows, channels: channels, pitch: outputPitch)])
        expectClose(result.elements(), expected) { tolerances[$0] }
    }
}
