import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// The Winograd kernels against ``convolutionReference(_:input:weights:bias:clamp:)``, on every instruction set.
@Suite struct WinogradTests {
    /// Geometries for a kernel of the given extent.
    static func cases(_ taps: Int) -> [ConvolutionCase] {
        let same = taps / 2
        func geometry(
            _ name: String, _ input: [Int], padding: [Int]? = nil, padAfter: [Int]? = nil, images: Int = 1,
            channels: Int, filters: Int, groups: Int = 1, inputGap: Int = 0,
            outputs: [(channels: Int, gap: Int)]? = nil, hasBias: Bool = true, clamp: ClampRange = .unbounded,
            residualGap: Int? = nil
        ) -> ConvolutionCase {
            ConvolutionCase(
                name, input: input, kernel: [taps, taps], padding: padding ?? [same, same], padAfter: padAfter,
                images: images, channels: channels, filters: filters, groups: groups, inputGap: inputGap,
                outputs: outputs, hasBias: hasBias, clamp: clamp, residualGap: residualGap)
        }
        return [
            geometry("one tile", [4, 4], channels: 16, filters: 32),
            geometry("tiles overhang on all sides", [7, 9], channels: 16, filters: 16, clamp: .relu),
            geometry("odd channels and filters, slices", [6, 5], channels: 19, filters: 37, inputGap: 3),
            geometry("no padding", [9, 8], padding: [0, 0], channels: 5, filters: 3),
            geometry(
                "asymmetric padding", [6, 7], padding: [0, 2], padAfter: [1, 0], channels: 3, filters: 4,
                hasBias: false),
            geometry("padding wider than the kernel", [3, 3], padding: [7, 6], channels: 4, filters: 4),
            geometry("one pixel", [1, 1], channels: 17, filters: 33),
            geometry("several images in one block", [7, 7], images: 3, channels: 18, filters: 20, clamp: .relu),
            geometry(
                "groups and outputs that cut through them", [8, 8], channels: 8, filters: 40, groups: 2,
                outputs: [(15, 2), (25, 0)]),
            geometry(
                "a residual", [7, 5], images: 2, channels: 16, filters: 37, outputs: [(37, 2)], clamp: .relu,
                residualGap: 3),
            geometry("no images", [4, 4], images: 0, channels: 4, filters: 4),
            geometry("no input channels: the bias alone", [5, 5], channels: 0, filters: 5),
        ]
    }

    /// A form's errors grow with the norms of its transforms: at most this many unit roundoffs of the largest sum of
    /// magnitudes that any output adds up. Direct computation stays below the number of its terms.
    private func errorFactor(_ form: WinogradForm) -> Float { form == .f2x3 ? 8 : 64 }

    private func expectReference(_ problem: ConvolutionCase, _ form: WinogradForm) throws {
        let values = problem.realValues(seed: 11)
        let expected = problem.reference(values)
        let magnitudes = problem.reference(values.magnitudes)
        let bound = (magnitudes.max() ?? 0) * unitRoundoff * errorFactor(form)
        for options in try Engines.packed() {
            let actual = try problem.run(problem.winogradKernel(form, values, options), values)
            expectClose(actual, expected, "\(form), \(problem.name), \(options.name)") { _ in bound }
        }
    }

    @Test("every form computes every geometry within its error", arguments: WinogradForm.allCases)
    func forms(form: WinogradForm) throws {
        for problem in WinogradTests.cases(form.taps) { try expectReference(problem, form) }
    }

    @Test(
        "layers large enough to be cut in every form", .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"),
        arguments: WinogradForm.allCases)
    func large(form: WinogradForm) throws {
        let padding = [form.taps / 2, form.taps / 2]
        for problem in [
            ConvolutionCase(
                "blocks of tiles", input: [30, 29], kernel: [form.taps, form.taps], padding: padding, images: 2,
                channels: 64, filters: 96, clamp: .relu),
            ConvolutionCase(
                "blocks of filters", input: [7, 7], kernel: [form.taps, form.taps], padding: padding, channels: 256,
                filters: 300, outputs: [(140, 4), (160, 0)]),
        ] {
            let kernel = try problem.winogradKernel(form, problem.wholeValues(), Engines.packed()[0])
            #expect(kernel.tileCount > 1)
            try expectReference(problem, form)
        }
    }

    @Test("an image's bits do not depend on the other images of its batch", arguments: WinogradForm.allCases)
    func batchIndependence(form: WinogradForm) throws {
        let problem = ConvolutionCase(
            "batch", input: [7, 7], kernel: [form.taps, form.taps], padding: [1, 1], images: 3, channels: 20,
            filters: 24)
        var alone = problem
        alone.images = 1
        let values = problem.realValues(seed: 6)
        let imageFloats = values.input.count / 3
        for options in try Engines.packed() {
            let together = try problem.run(problem.winogradKernel(form, values, options), values)
            for image in 0..<3 {
                var one = values
                one.input = Array(values.input[image * imageFloats..<(image + 1) * imageFloats])
                let result = try alone.run(alone.winogradKernel(form, one, options), one)
                let part = together[image * result.count..<(image + 1) * result.count]
                #expect(result.map(\.bitPattern) == part.map(\.bitPattern), "image \(image), \(options.name)")
            }
        }
    }

    @Test("the same bits for any number of workers; every one of a few gets a tile of equal size")
    func workers() throws {
        let options = try #require(try Engines.packed().last)
        let problem = ConvolutionCase(
            "workers", input: [28, 28], kernel: [3, 3], padding: [1, 1], channels: 9, filters: 70, clamp: .relu)
        let values = problem.realValues()
        var bits: [[UInt32]] = []
        for workers in [1, 2, 3, 4, 7, 64] {
            var options = options
            options.workers = workers
            let kernel = try problem.winogradKernel(.f4x3, values, options)
            #expect(workers > 4 || kernel.tileCount == workers)
            bits.append(try problem.run(kernel, values).map(\.bitPattern))
        }
        #expect(bits.allSatisfy { $0 == bits[0] })
    }

    @Test("forms apply to their kernel at stride 1 without dilation, in two dimensions")
    func applicability() {
        func shape(_ kernel: [Int], stride: Int = 1, dilation: Int = 1) -> ConvolutionShape {
            ConvolutionCase(
                "", input: kernel.map { _ in 20 }, kernel: kernel, stride: kernel.map { _ in stride },
                dilation: kernel.map { _ in dilation }, channels: 32, filters: 32
            ).shape
        }
        #expect(WinogradForm.allCases.filter { $0.applies(to: shape([3, 3])) } == [.f2x3, .f4x3])
        #expect(WinogradForm.allCases.filter { $0.applies(to: shape([5, 5])) } == [.f2x5])
        for other in [
            shape([3, 3], stride: 2), shape([3, 3], dilation: 2), shape([1, 3]), shape([3]), shape([3, 3, 3]),
            shape([7, 7]),
        ] {
            #expect(WinogradForm.allCases.allSatisfy { !$0.applies(to: other) })
        }
    }

    @Test("direct, winograd and auto choose what they say")
    func choice() throws {
        let large = ConvolutionCase("", input: [28, 28], kernel: [3, 3], padding: [1, 1], channels: 64, filters: 64)
        let small = ConvolutionCase("", input: [2, 2], kernel: [3, 3], padding: [1, 1], channels: 3, filters: 64)
        func lowering(_ problem: ConvolutionCase, _ algorithm: ConvolutionAlgorithm) throws -> String {
            let values = problem.wholeValues()
            return try convolutionKernel(
                problem.shape, weights: Weights(values.weights), epilogue: Epilogue(bias: values.bias),
                options: KernelOptions(.packed, algorithm: algorithm)
            ).report.lowering
        }
        #expect(try lowering(large, .direct) == "direct 3x3")
        #expect(try lowering(large, .auto) == "Winograd F(4x4,3x3)")
        #expect(try lowering(small, .auto) == "direct 3x3")
        #expect(try lowering(small, .winograd).hasPrefix("Winograd"))
        #expect(try errorCode { _ = try KernelOptions(.openblas, algorithm: .winograd) } == .invalidInput)
    }
}
