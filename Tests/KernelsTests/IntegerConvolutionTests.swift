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
        .sums, .reals, .quantized(.uint8, zeroPoint: 17, least: 17, most: 200),
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
                    let isFast = PackedIntegerConvolutionKernel.supports(shape) || shape.isDepthwise
                    #expect(kernel.report.provider != nil || !isFast || shape.isDepthwise)
                    let place = "\(problem.name), \(set.rawValue), \(kernel.report.lowering), \(result)"
                    #expect(try run(kernel, problem, numbers) == expected, "\(place)")
                }
            }
        }
    }

    /// Without what the kernels of integers have not: several outputs, and sums of two operands.
    private func plain(_ problem: ConvolutionCase) -> ConvolutionCase {
        var problem = problem
        problem.outputs = [(problem.filters, problem.outputs[0].gap)]
        problem.residualGap = nil
        return problem
    }

    @Test("geometries with a history", arguments: ConvolutionCase.named.filter { !$0.isHeavy })
    func named(problem: ConvolutionCase) throws { try expectEqualKernels(plain(problem), seed: 1) }

    @Test("random geometries", arguments: UInt64(1)...30)
    func random(seed: UInt64) throws { try expectEqualKernels(plain(.random(seed: seed)), seed: seed) }

    @Test(
        "more random geometries, and layers large enough to be cut in every way",
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
