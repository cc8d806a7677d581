import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperKernels

/// The fast kernels of integers against the plain one: sums are exact, so they are equal, whatever multiplies.
@Suite struct IntegerConvolutionTests {
    private struct Numbers {
        var pixels: [UInt8]
        var filters: [Int16]
        var epilogue: IntegerEpilogue
        var zeroPoint: Int32
    }

    private static let results: [IntegerEpilogue.Result] = [
        .sums, .reals(.unbounded), .reals(ClampRange(lower: -3, upper: 20)),
        .quantized(.uint8, zeroPoint: 17, least: 17, most: 200),
        .quantized(.int8, zeroPoint: -3, least: -128, most: 127),
    ]

    private func numbers(
        _ problem: ConvolutionCase, _ pixels: ElementType, _ result: IntegerEpilogue.Result, fitsBytes: Bool,
        seed: UInt64
    ) -> Numbers {
        var generator = SeededGenerator(seed: seed)
        let shape = problem.shape
        let least = fitsBytes ? -128 : -255, most = fitsBytes ? 127 : 255
        return Numbers(
            pixels: (0..<shape.images * shape.window.inputPixels * shape.inputPitch).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            },
            filters: (0..<shape.outputChannels * shape.reduction).map { _ in
                Int16.random(in: Int16(least)...Int16(most), using: &generator)
            },
            epilogue: IntegerEpilogue(
                bias: problem.hasBias
                    ? (0..<shape.outputChannels).map { _ in Int32.random(in: -9999...9999, using: &generator) } : [],
                scales: (0..<shape.outputChannels).map { _ in Float.random(in: 0.0005...0.002, using: &generator) },
                offsets: seed % 4 == 1
                    ? (0..<shape.outputChannels).map { _ in Float.random(in: -20...20, using: &generator) } : [],
                result: result),
            zeroPoint: pixels == .int8 ? -7 : 131)
    }

    private func run(_ kernel: any Kernel, _ problem: ConvolutionCase, _ numbers: Numbers) throws -> [UInt8] {
        let shape = problem.shape
        let output = Output(
            numbers.epilogue.elementType, rows: shape.images * shape.window.outputPixels,
            channels: shape.outputChannels, pitch: shape.outputs[0].pitch)
        return try exercise(kernel, inputs: [Input(numbers.pixels)], outputs: [output]).outputs[0]
    }

    private func expectEqualKernels(_ problem: ConvolutionCase, seed: UInt64) throws {
        let shape = problem.shape
        for (index, result) in Self.results.enumerated() {
            let pixels: ElementType = (Int(seed) + index) % 2 == 0 ? .uint8 : .int8
            let fitsBytes = (Int(seed) + index) % 3 != 0
            let numbers = numbers(problem, pixels, result, fitsBytes: fitsBytes, seed: seed)
            let zeroPoint = ZeroPoint.known(numbers.zeroPoint)
            let plain: any Kernel =
                pixels == .int8
                ? IntegerConvolutionKernel<Int8>(
                    shape, filters: numbers.filters, zeroPoint: zeroPoint, epilogue: numbers.epilogue)
                : IntegerConvolutionKernel<UInt8>(
                    shape, filters: numbers.filters, zeroPoint: zeroPoint, epilogue: numbers.epilogue)
            let expected = try run(plain, problem, numbers)
            for set in InstructionSet.available {
                for workers in [1, 3] {
                    var options = try KernelOptions(.packed, instructionSet: set)
                    options.workers = workers
                    let kernel = try integerConvolutionKernel(
                        shape, pixels, weights: Weights(numbers.filters), fitsBytes: fitsBytes, zeroPoint: zeroPoint,
                        epilogue: numbers.epilogue, options: options)
                    let isFast =
                        PackedIntegerConvolutionKernel.supports(shape) || DepthwiseIntegerKernel.supports(shape)
                    #expect((kernel.report.provider != nil) == isFast)
                    let place = "\(problem.name), \(set.rawValue), \(kernel.report.lowering), \(result)"
                    #expect(try run(kernel, problem, numbers) == expected, "\(place)")
                }
            }
        }
    }

    /// Without what the kernels of integers have not: several outputs; and without a sum.
    private func plain(_ problem: ConvolutionCase) -> ConvolutionCase {
        var problem = problem
        problem.outputs = [(problem.filters, problem.outputs[0].gap)]
        problem.residualGap = nil
        return problem
    }

    /// The sum of what a convolution stores and another operand: as a convolution and a sum of bytes after it, and in
    /// one kernel.
    private func expectEqualSums(_ problem: ConvolutionCase, gap: Int, seed: UInt64) throws {
        let shape = plain(problem).shape
        var summed = shape
        summed.residualPitch = shape.outputChannels + gap
        let rows = shape.images * shape.window.outputPixels, columns = shape.outputChannels
        for result in Self.results.suffix(2) {
            var generator = SeededGenerator(seed: seed)
            guard case .quantized(let type, let zeroPoint, _, _) = result else { return }
            // The other operand and the sum may be of the other type.
            let isSigned = type == .int8, addsSigned = isSigned != (seed % 5 < 2),
                sumsSigned = isSigned != (seed % 5 == 0)
            let sumType: ElementType = sumsSigned ? .int8 : .uint8
            var numbers = numbers(problem, type, result, fitsBytes: seed % 3 != 0, seed: seed)
            let residual = IntegerResidual(
                ownFactor: 0.83, factor: 1.37, zeroPoint: addsSigned ? -9 : 101, isSigned: addsSigned,
                resultZeroPoint: sumsSigned ? 4 : 120,
                range: seed % 2 == 0 ? sumType.byteRange : (sumsSigned ? 4 : 120)...120)
            let addends = (0..<rows * (columns + gap)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let pitch = shape.outputs[0].pitch
            func kernel(_ shape: ConvolutionShape, _ options: KernelOptions) throws -> any Kernel {
                try integerConvolutionKernel(
                    shape, type, weights: Weights(numbers.filters), fitsBytes: seed % 3 != 0,
                    zeroPoint: .known(numbers.zeroPoint), epilogue: numbers.epilogue, options: options)
            }
            let plainOptions = try KernelOptions(.reference, instructionSet: .portable)
            let own = try run(kernel(shape, plainOptions), plain(problem), numbers)
            let form = ByteArithmeticKernel.Form(
                isProduct: false, aZero: zeroPoint, bZero: residual.zeroPoint, aScale: residual.ownFactor,
                bScale: residual.factor, scale: 1, resultZeroPoint: residual.resultZeroPoint, range: residual.range)
            let descriptors = [columns, columns + gap, pitch].map { [$0, 1] }
            let sum = ByteArithmeticKernel(
                form, type, addsSigned ? .int8 : .uint8,
                nest: try #require(LoopNest(extents: [rows, columns], strides: descriptors)),
                options: plainOptions)
            let output = Output(sumType, rows: rows, channels: columns, pitch: pitch)
            let expected = try exercise(sum, inputs: [Input(own), Input(addends)], outputs: [output]).outputs[0]
            numbers.epilogue.residual = residual
            for set in InstructionSet.available {
                for choice in [GemmChoice.packed, .reference] {
                    var options = try KernelOptions(choice, instructionSet: set)
                    options.workers = 3
                    let actual = try exercise(
                        try kernel(summed, options), inputs: [Input(numbers.pixels), Input(addends)], outputs: [output])
                    #expect(actual.outputs[0] == expected, "\(problem.name), \(set.rawValue), \(choice), \(result)")
                }
            }
        }
    }

    @Test("a residual", arguments: UInt64(1)...40)
    func residual(seed: UInt64) throws {
        try expectEqualSums(.random(seed: seed), gap: Int(seed % 4), seed: seed)
    }

    @Test("geometries with a history", arguments: ConvolutionCase.named.filter { !$0.isHeavy })
    func named(problem: ConvolutionCase) throws { try expectEqualKernels(plain(problem), seed: 1) }

    @Test("random geometries", arguments: UInt64(1)...30)
    func random(seed: UInt64) throws { try expectEqualKernels(plain(.random(seed: seed)), seed: seed) }

    @Test(
        "more random geometries, and layers large enough to be cut in every form",
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"), arguments: UInt64(31)...200)
    func moreRandom(seed: UInt64) throws { try expectEqualKernels(plain(.random(seed: seed)), seed: seed) }

    @Test("a zero point that is an operand") func computedZeroPoint() throws {
        let problems = [
            ConvolutionCase("3x3", input: [7, 9], kernel: [3, 3], padding: [1, 1], channels: 8, filters: 20),
            ConvolutionCase(
                "depthwise", input: [7, 9], kernel: [3, 3], padding: [1, 1], channels: 20, filters: 20, groups: 20),
        ]
        for (problem, pixels) in problems.flatMap({ [($0, ElementType.uint8), ($0, .int8)] }) {
            let numbers = numbers(problem, pixels, .sums, fitsBytes: true, seed: 9)
            func run(_ zeroPoint: ZeroPoint, _ operands: [Input], _ options: KernelOptions) throws -> [UInt8] {
                let kernel = try integerConvolutionKernel(
                    problem.shape, pixels, weights: Weights(numbers.filters), fitsBytes: true, zeroPoint: zeroPoint,
                    epilogue: numbers.epilogue, options: options)
                let output = Output(.int32, rows: problem.shape.window.outputPixels, channels: 20)
                return try exercise(kernel, inputs: operands, outputs: [output]).outputs[0]
            }
            for set in InstructionSet.available {
                let options = try KernelOptions(.packed, instructionSet: set)
                let stored = UInt8(truncatingIfNeeded: numbers.zeroPoint)
                let known = try run(.known(numbers.zeroPoint), [Input(numbers.pixels)], options)
                let computed = try run(.operand(1), [Input(numbers.pixels), Input([stored])], options)
                #expect(known == computed)
            }
        }
    }

    @Test("the products of bytes are used where the CPU has them, and never for weights that are none")
    func choice() {
        for set in InstructionSet.available {
            #expect(IntegerRoutine.best(on: set, fitsBytes: false).rowBytes == 2)
            let hasBytes = IntegerRoutine.available.contains { $0.set == set.rawValue && $0.rowBytes == 1 }
            #expect(IntegerRoutine.best(on: set, fitsBytes: true).rowBytes == (hasBytes ? 1 : 2))
        }
    }
}
