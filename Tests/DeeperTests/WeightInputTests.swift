import Deeper
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// Weights that the caller gives: plans for other values must not share what they packed.
@Suite struct WeightInputTests {
    /// Y = Conv(X, W), W an input.
    private func model() throws -> Model {
        var builder = GraphBuilder(name: "weights from outside")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(1), .fixed(8), .fixed(6), .fixed(6)]))
        let w = builder.input("w", DeclaredType(.float32, [.fixed(16), .fixed(8), .fixed(1), .fixed(1)]))
        builder.output(try builder.node("Conv", "y", [x, w]))
        return Model(graph: builder.graph)
    }

    private func floats(_ count: Int, _ shape: Shape, seed: UInt64) throws -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return try Tensor(generator.wholeFloats(count), shape: shape)
    }

    @Test("every weight gives its own answer, in any order", arguments: [GemmChoice.packed, .reference])
    func ownAnswers(gemm: GemmChoice) throws {
        let model = try model()
        let options = EngineOptions(gemm: gemm)
        let engine = try Engine(model, options: options)
        let x = try floats(8 * 36, [1, 8, 6, 6], seed: 1)
        var answers: [[Float]] = []
        for seed in [2, 3, 2, 4, 3] as [UInt64] {
            let inputs = ["x": x, "w": try floats(128, [16, 8, 1, 1], seed: seed)]
            let answer = try #require(try engine.runBlocking(inputs)["y"]).elements(as: Float.self)
            let fresh = try #require(try Engine(model, options: options).runBlocking(inputs)["y"]).elements(
                as: Float.self)
            #expect(answer == fresh)
            answers.append(answer)
        }
        #expect(answers[0] == answers[2] && answers[1] == answers[4])
        #expect(answers[0] != answers[1] && answers[1] != answers[3])
    }
}
