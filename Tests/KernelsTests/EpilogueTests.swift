import DeeperKernels
import DeeperTestSupport
import Testing

/// Whole epilogues in every kernel that takes one.
@Suite struct EpilogueTests {
    private static let cases = [
        ConvolutionCase("1x1", input: [5, 6], kernel: [1, 1], channels: 9, filters: 37, residualGap: 3),
        ConvolutionCase(
            "3x3", input: [9, 8], kernel: [3, 3], padding: [1, 1], images: 2, channels: 16, filters: 35,
            outputs: [(35, 2)], residualGap: 0),
        ConvolutionCase(
            "3x3, outputs", input: [7, 6], kernel: [3, 3], padding: [1, 1], channels: 16, filters: 40,
            outputs: [(33, 0), (7, 1)]),
        ConvolutionCase(
            "depthwise 3x3", input: [10, 19], kernel: [3, 3], padding: [1, 1], images: 2, channels: 21, filters: 21,
            groups: 21, outputs: [(21, 1)], residualGap: 2),
        ConvolutionCase(
            "depthwise, dilated", input: [8, 9], kernel: [3, 3], dilation: [2, 2], padding: [2, 2], channels: 18,
            filters: 18, groups: 18, hasBias: false, residualGap: 0),
    ]

    /// Kernels do not know one activation from another, so a few are enough for each of them in a debug build.
    private static let activations =
        TestTier.runsHeavyTests ? ActivationTests.smooth : [.identity, .leakyRelu(slope: 0.1), .silu]

    /// A case by every kernel that computes it.
    private func kernels(
        _ problem: ConvolutionCase, _ values: ConvolutionCase.Values
    ) throws -> [(name: String, options: KernelOptions, kernel: any Kernel)] {
        var result: [(String, KernelOptions, any Kernel)] = []
        for options in try Engines.all() {
            if problem.shape.isDepthwise {
                result.append((options.name, options, try problem.depthwiseKernel(values, options)))
            }
            result.append((options.name, options, try problem.kernel(values, options)))
        }
        for options in try Engines.packed() {
            for form in WinogradForm.allCases where form.applies(to: problem.shape) {
                result.append(
                    ("\(options.name) \(form)", options, try problem.winogradKernel(form, values, options)))
            }
        }
        return result
    }

    @Test("scale, bias, residual, activation and clamp give what their definition gives", arguments: cases)
    func definition(problem: ConvolutionCase) throws {
        var problem = problem
        problem.clamp = ClampRange(lower: -30, upper: 60)
        var values = problem.wholeValues()
        var generator = SeededGenerator(seed: 5)
        for hasScale in [false, true] {
            values.scale = hasScale ? generator.floats(problem.filters) : nil
            for activation in EpilogueTests.activations + [.prelu(slopes: generator.floats(problem.filters))] {
                problem.activation = activation
                let expected = problem.reference(values)
                for (name, _, kernel) in try kernels(problem, values) {
                    // Sums of whole numbers are exact except for Winograd's largest form; what follows rounds a few times.
                    expectClose(try problem.run(kernel, values), expected, "\(name), \(activation)") {
                        64 * unitRoundoff * max(abs(expected[$0]), 1000)
                    }
                }
            }
        }
    }

    @Test("a fused activation gives the bits of the same activation by itself", arguments: cases)
    func fused(problem: ConvolutionCase) throws {
        let values = problem.realValues()
        for activation in EpilogueTests.activations {
            var fused = problem
            fused.activation = activation
            for ((name, options, plain), whole) in zip(try kernels(problem, values), try kernels(fused, values)) {
                let sums = try problem.run(plain, values)
                let expected: [Float] = try exercise(
                    EpilogueKernel(count: sums.count, Epilogue(activation: activation), options: options),
                    inputs: [Input(sums)],
                    outputs: [Output(.float32, count: sums.count)]
                ).elements()
                expectEqual(try fused.run(whole.kernel, values), expected, "\(name), \(activation)")
            }
        }
    }

    @Test("the fully connected layer takes an epilogue too") func dense() throws {
        var generator = SeededGenerator(seed: 6)
        let (rows, k, n) = (5, 7, 83)
        let (x, w, bias) = (generator.wholeFloats(rows * k), generator.wholeFloats(k * n), generator.wholeFloats(n))
        let scale = generator.floats(n)
        for activation in EpilogueTests.activations {
            let expected = (0..<rows * n).map { index in
                let sum = (0..<k).reduce(0.0) { $0 + Double(x[index / n * k + $1]) * Double(w[$1 * n + index % n]) }
                return Float(activation.reference(sum * Double(scale[index % n]) + Double(bias[index % n])))
            }
            for options in try Engines.vectorOnly() {
                let kernel = DenseKernel(
                    rows: rows, k: k, n: n, weights: w,
                    epilogue: Epilogue(scale: scale, bias: bias, activation: activation), options: options)
                let found: [Float] = try exercise(
                    kernel, inputs: [Input(x)], outputs: [Output(.float32, count: rows * n)]
                ).elements()
                expectClose(found, expected, "\(options.name), \(activation)") {
                    8 * unitRoundoff * max(abs(expected[$0]), 1000)
                }
            }
        }
    }
}
