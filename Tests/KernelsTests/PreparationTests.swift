import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Synchronization
import Testing

@Suite struct PreparationTests {
    private final class Unreadable: TensorSource {
        func read(into bytes: UnsafeMutableRawBufferPointer) throws { throw DeeperError(.invalidModel, "gone") }
    }

    private let problem = ConvolutionCase("", input: [4, 4], kernel: [1, 1], channels: 64, filters: 512)

    @Test("weights packed later, by one thread or several, give the same answer", arguments: [1, 2, 5])
    func later(threads: Int) throws {
        var options = try Engines.packed()[0]
        let values = problem.wholeValues()
        let expected = problem.reference(values)
        let preparation = Preparation()
        options.preparation = preparation
        let kernels = try (0..<7).map { _ in try problem.kernel(values, options) }
        try preparation.run(threads: threads)
        for kernel in kernels { expectEqual(try problem.run(kernel, values), expected, "packed later") }
    }

    @Test("a source that fails ends the preparation with its error", arguments: [1, 3]) func failure(threads: Int)
        throws
    {
        var options = try Engines.packed()[0]
        let preparation = Preparation()
        options.preparation = preparation
        let broken = try Tensor(.float32, shape: [512, 64], source: Unreadable())
        for weights in [Weights(problem.wholeValues().weights), Weights<Float>(broken)] {
            _ = try PackedConvolutionKernel(
                problem.shape, weights: weights, epilogue: Epilogue(), options: options)
        }
        let error = #expect(throws: DeeperError.self) { try preparation.run(threads: threads) }
        #expect(error?.code == .invalidModel)
    }
}
