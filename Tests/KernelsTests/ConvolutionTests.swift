import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// The convolution kernels against ``convolutionReference(_:input:weights:residual:epilogue:)``, on every instruction
/// set and with every provider of matrix products.
@Suite struct ConvolutionTests {
    /// Whole numbers are never rounded: results are equal whatever the order of additions.
    private func expectReference(_ problem: ConvolutionCase) throws {
        let values = problem.wholeValues()
        let expected = problem.reference(values)
        for options in try Engines.all() {
            let actual = try problem.run(problem.kernel(values, options), values)
            expectEqual(actual, expected, "\(problem.name), \(options.name)")
        }
        guard problem.shape.isDepthwise, problem.outputs.count == 1, problem.residualGap == nil else { return }
        for options in try Engines.vectorOnly() {
            let actual = try problem.run(problem.depthwiseKernel(values, options), values)
            expectEqual(actual, expected, "\(problem.name), depthwise, \(options.name)")
        }
    }

    @Test("geometries with a history", arguments: ConvolutionCase.named.filter { !$0.isHeavy })
    func named(problem: ConvolutionCase) throws { try expectReference(problem) }

    @Test(
        "few filters: by planes the bits are those of packed products",
        arguments: [
            ConvolutionCase("5x5", input: [9, 40], kernel: [5, 5], padding: [2, 2], channels: 8, filters: 1),
            ConvolutionCase(
                "3x3 with everything after it", input: [7, 33], kernel: [3, 3], padding: [1, 1], images: 2,
                channels: 5, filters: 2, inputGap: 3, outputs: [(2, 3)], activation: .swish(alpha: 1),
                clamp: ClampRange(lower: -0.5, upper: 2), residualGap: 1),
            ConvolutionCase(
                "inside, of a wider value", input: [6, 50], kernel: [3, 4], channels: 6, filters: 3, inputGap: 2,
                outputs: [(3, 1)], hasBias: false, clamp: .relu, residualGap: 0),
            ConvolutionCase(
                "slopes", input: [5, 29], kernel: [3, 3], padding: [1, 1], channels: 40, filters: 4,
                activation: .prelu(slopes: [0.1, -0.2, 0.3, 2])),
            ConvolutionCase(
                "lines and columns left out", input: [13, 91], kernel: [3, 5], stride: [2, 3], padding: [1, 2],
                padAfter: [0, 3], channels: 7, filters: 5, activation: .leakyRelu(slope: 0.1)),
            ConvolutionCase(
                "more than the picture", input: [2, 17], kernel: [3, 3], padding: [3, 9], channels: 2, filters: 6),
            ConvolutionCase("a line", input: [1300], kernel: [256], stride: [2], channels: 1, filters: 1),
            ConvolutionCase("a padded line", input: [700], kernel: [39], padding: [19], channels: 12, filters: 7),
            ConvolutionCase("wide", input: [40, 300], kernel: [7, 3], padding: [3, 1], channels: 3, filters: 8),
        ])
    func planar(problem: ConvolutionCase) throws {
        let (whole, real) = (problem.wholeValues(), problem.realValues())
        var count = 0
        for set in InstructionSet.available {
            var options = try KernelOptions(.packed, algorithm: .direct, instructionSet: set)
            options.workers = 3
            guard let kernel = try problem.planarKernel(real, options) else { continue }
            count += 1
            let expected = try problem.run(problem.kernel(real, options), real)
            expectEqual(try problem.run(kernel, real), expected, "\(problem.name), \(options.name), real numbers")
            guard problem.activation == .identity, let kernel = try problem.planarKernel(whole, options) else {
                continue
            }
            expectEqual(
                try problem.run(kernel, whole), problem.reference(whole), "\(problem.name), \(options.name)")
        }
        // Eight filters fill half of a register on the widest set only.
        #expect(count > 0 || InstructionSet.best.rawValue != "avx512")
    }

    @Test(
        "layers large enough to be cut in every form", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"),
        arguments: ConvolutionCase.named.filter(\.isHeavy))
    func large(problem: ConvolutionCase) throws {
        let tileCount = try problem.kernel(problem.wholeValues(), Engines.one()).tileCount
        #expect(tileCount > 1)
        try expectReference(problem)
    }

    @Test("random geometries", arguments: UInt64(1)...40)
    func random(seed: UInt64) throws { try expectReference(.random(seed: seed)) }

    @Test(
        "more random geometries", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"),
        arguments: UInt64(41)...400)
    func moreRandom(seed: UInt64) throws { try expectReference(.random(seed: seed)) }

    /// A sum of n products in float32 is off by at most (n + 1) u times the sum of their magnitudes, in any order
    /// (Higham, Accuracy and Stability, 2nd ed., eq. 3.5); half an ulp more for the reference's own rounding.
    @Test(
        "rounding errors stay within the bound of a float32 sum",
        arguments: [
            ConvolutionCase("1x1", input: [4, 5], kernel: [1, 1], channels: 96, filters: 17),
            ConvolutionCase("3x3", input: [5, 4], kernel: [3, 3], padding: [1, 1], channels: 19, filters: 9),
            ConvolutionCase(
                "depthwise", input: [6, 6], kernel: [5, 5], padding: [2, 2], channels: 35, filters: 35, groups: 35),
        ])
    func accuracy(problem: ConvolutionCase) throws {
        let values = problem.realValues(seed: 5)
        let expected = problem.reference(values)
        let magnitudes = problem.reference(values.magnitudes)
        let terms = Float(problem.shape.reduction + 1)
        let bound = { (index: Int) in (terms + 2) * unitRoundoff * magnitudes[index] }
        for options in try Engines.all() {
            let actual = try problem.run(problem.kernel(values, options), values)
            expectClose(actual, expected, options.name, tolerance: bound)
            guard problem.shape.isDepthwise else { continue }
            let other = try problem.run(problem.depthwiseKernel(values, options), values)
            expectClose(other, expected, "depthwise, \(options.name)", tolerance: bound)
        }
    }

    @Test(
        "an image's bits do not depend on the other images of its batch",
        arguments: [
            ConvolutionCase("1x1", input: [14, 14], kernel: [1, 1], images: 3, channels: 16, filters: 8),
            ConvolutionCase(
                "3x3", input: [7, 7], kernel: [3, 3], padding: [1, 1], images: 3, channels: 9, filters: 17),
            ConvolutionCase(
                "depthwise", input: [9, 9], kernel: [3, 3], padding: [1, 1], images: 3, channels: 20, filters: 20,
                groups: 20),
        ])
    func batchIndependence(problem: ConvolutionCase) throws {
        let values = problem.realValues(seed: 6)
        var alone = problem
        alone.images = 1
        let imageFloats = values.input.count / problem.images
        for options in try Engines.all() {
            func make(_ problem: ConvolutionCase, _ values: ConvolutionCase.Values) throws -> any Kernel {
                problem.shape.isDepthwise
                    ? try problem.depthwiseKernel(values, options) : try problem.kernel(values, options)
            }
            let together = try problem.run(make(problem, values), values)
            for image in 0..<problem.images {
                var one = values
                one.input = Array(values.input[image * imageFloats..<(image + 1) * imageFloats])
                let count = together.count / problem.images
                let isEqual =
                    try alone.run(make(alone, one), one).map(\.bitPattern)
                    == together[image * count..<(image + 1) * count].map(\.bitPattern)
                #expect(isEqual, "image \(image), \(options.name)")
            }
        }
    }

    @Test("padding that dwarfs the image is not copied into packed rows")
    func hugePadding() {
        let vast = ConvolutionCase(
            "", input: [8, 8], kernel: [1, 1], stride: [1 << 30, 1 << 30], padding: [1 << 30, 1 << 30], channels: 4,
            filters: 4)
        #expect(!PackedConvolutionKernel.supports(vast.shape))
    }

    @Test("a NaN reaches exactly the outputs whose windows hold it, and passes the clamp")
    func notANumber() throws {
        let problem = ConvolutionCase(
            "NaN", input: [5, 5], kernel: [3, 3], padding: [1, 1], channels: 18, filters: 18, groups: 18, clamp: .relu)
        var values = problem.wholeValues()
        values.input[3 * 25 + 12] = .nan
        for options in try Engines.vectorOnly() {
            for kernel in [try problem.kernel(values, options), try problem.depthwiseKernel(values, options)] {
                let actual = try problem.run(kernel, values)
                for (index, value) in actual.enumerated() {
                    let (channel, y, x) = (index / 25, index % 25 / 5, index % 5)
                    let isNear = channel == 3 && (1...3).contains(y) && (1...3).contains(x)
                    #expect(
                        value.isNaN == isNear,
                        "\(kernel.report.lowering), channel \(channel), \(y), \(x), \(options.name)")
                }
            }
        }
    }
}

/// ``convolutionReference(_:input:weights:residual:epilogue:)`` itself, by hand.
@Suite struct ConvolutionReferenceTests {
    private func reference(
        input: [Int], _ x: [Float], kernel: [Int], _ w: [Float], stride: Int = 1, pad: Int = 0, dilation: Int = 1,
        channels: Int = 1, filters: Int = 1, groups: Int = 1, bias: [Float]? = nil, clamp: ClampRange = .unbounded
    ) -> [Float] {
        let rank = input.count
        let problem = ConvolutionCase(
            "by hand", input: input, kernel: kernel, stride: Array(repeating: stride, count: rank),
            dilation: Array(repeating: dilation, count: rank), padding: Array(repeating: pad, count: rank),
            channels: channels, filters: filters, groups: groups, clamp: clamp)
        return problem.reference(ConvolutionCase.Values(input: x, weights: w, bias: bias))
    }

    @Test("it correlates, does not flip the kernel, and pads with zeros")
    func byHand() {
        let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        #expect(reference(input: [3, 3], x, kernel: [2, 2], [1, 10, 100, 1000]) == [5421, 6532, 8754, 9865])
        #expect(reference(input: [3], [1, 2, 3], kernel: [3], [1, 10, 100], pad: 1) == [210, 321, 32])
        #expect(reference(input: [5], [1, 2, 3, 4, 5], kernel: [2], [1, 10], stride: 2, dilation: 2) == [31, 53])
    }

    @Test("channels are added up within their group, bias and clamp come last")
    func channels() {
        #expect(
            reference(input: [1], [2, 3], kernel: [1], [1, 10, 100, 1000], channels: 2, filters: 2) == [32, 3200])
        #expect(
            reference(input: [1], [2, 3], kernel: [1], [1, 10], channels: 2, filters: 2, groups: 2, bias: [5, 6])
                == [7, 36])
        #expect(
            reference(input: [3], [-1, 0.5, 3], kernel: [1], [1], bias: [0], clamp: ClampRange(lower: 0, upper: 2))
                == [0, 0.5, 2])
    }
}
