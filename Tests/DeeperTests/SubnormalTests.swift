import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// Subnormal numbers count as zero, wherever they come from and on every thread.
@Suite struct SubnormalTests {
    /// A convolution of 8 channels and what follows it in real networks.
    private func model(_ weights: [Float]) throws -> Model {
        var builder = GraphBuilder(name: "subnormal")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(1), .fixed(8), .fixed(12), .fixed(12)]))
        let w = builder.constant("w", try Tensor(weights, shape: [8, 8, 3, 3]))
        let conv = try builder.node("Conv", "conv", [x, w], ["pads": .ints([1, 1, 1, 1])])
        let pooled = try builder.node("GlobalAveragePool", "pooled", [try builder.node("Sigmoid", "s", [conv])])
        let flat = try builder.node("Flatten", "flat", [pooled])
        let rows = builder.constant("rows", try Tensor(Array(weights[..<64]), shape: [8, 8]))
        for output in [conv, flat, try builder.node("MatMul", "product", [flat, rows])] { builder.output(output) }
        return Model(graph: builder.graph)
    }

    /// Every third number below the smallest normal one, or zero in its place.
    private func numbers(_ count: Int, seed: UInt64, keepsSubnormal: Bool) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return generator.floats(count).enumerated().map { index, value in
            index % 3 > 0 ? value : keepsSubnormal ? value * .leastNormalMagnitude : 0
        }
    }

    @Test(
        "weights and activations below 2^-126 give the bits of zeros, on every instruction set",
        arguments: InstructionSet.available, [1, 3])
    func zeros(set: InstructionSet, threads: Int) throws {
        var outputs: [[String: [UInt32]]] = []
        for keepsSubnormal in [true, false] {
            let model = try model(numbers(576, seed: 3, keepsSubnormal: keepsSubnormal))
            let x = try Tensor(numbers(1152, seed: 4, keepsSubnormal: keepsSubnormal), shape: [1, 8, 12, 12])
            for gemm in GemmChoice.allCases where gemm != .packed || gemm.packsFilters(on: set) {
                let options = EngineOptions(threads: threads, gemm: gemm, instructionSet: set, setsBLASThreads: true)
                outputs.append(try Engine(model, options: options).runBlocking(["x": x]).mapValues(bits))
            }
        }
        let half = outputs.count / 2
        for index in 0..<half { #expect(outputs[index] == outputs[half + index]) }
        let answer = try #require(outputs[0]["conv"])
        #expect(answer.contains { $0 != 0 })
    }

    @Test("the caller's own arithmetic keeps its subnormal numbers") func callersMode() throws {
        let model = try model(numbers(576, seed: 3, keepsSubnormal: true))
        let x = try Tensor([Float](repeating: 1, count: 1152), shape: [1, 8, 12, 12])
        _ = try Engine(model).runBlocking(["x": x])
        #expect(SubnormalTests.half(Float.leastNonzeroMagnitude * 2) == Float.leastNonzeroMagnitude)
    }

    @inline(never) private static func half(_ value: Float) -> Float { value / 2 }
}
