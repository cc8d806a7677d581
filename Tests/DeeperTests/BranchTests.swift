import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

/// Ifs whose branch is chosen when a plan is prepared.
@Suite struct BranchTests {
    private static let picture = DeclaredType(.float32, [.symbol("N"), .fixed(3), .fixed(5), .fixed(5)])

    private func floats(_ shape: Shape, seed: UInt64) throws -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return try Tensor(generator.wholeFloats(shape.elementCount), shape: shape)
    }

    /// y is a 1x1 convolution to 4 channels of x if c, else a 3x3 convolution to 2 with a Relu.
    private func convolutions() throws -> Graph {
        var builder = GraphBuilder(name: "convolutions")
        let c = builder.input("c", DeclaredType(.bool, []))
        let x = builder.input("x", BranchTests.picture)
        let small = builder.constant("small", try floats([4, 3, 1, 1], seed: 1))
        let large = builder.constant("large", try floats([2, 3, 3, 3], seed: 2))
        let whenTrue = try builder.node("Conv", "one", [x, small])
        let whenFalse = try builder.node("Relu", "relu", [builder.node("Conv", "three", [x, large])])
        builder.output(builder.node(If(), "y", [c, whenTrue, whenFalse]))
        return builder.graph
    }

    @Test("a plan has the steps of one branch; outputs may differ in shape", arguments: [true, false])
    func steps(optimizes: Bool) throws {
        let engine = try Engine(Model(graph: convolutions()), options: EngineOptions(optimizesGraph: optimizes))
        let x = try floats([2, 3, 5, 5], seed: 3)
        for value in [true, false, true] {
            let inputs = ["c": try Tensor(scalar: value), "x": x]
            let names = try engine.plan(for: inputs).steps.map(\.name)
            #expect(names.contains("one") == value)
            #expect(names.contains { $0.contains("three") } != value)
            let y = try #require(try engine.runBlocking(inputs)["y"])
            #expect(y.shape == (value ? [2, 4, 5, 5] : [2, 2, 3, 3]))
        }
        #expect(engine.keeps(inputNamed: "c") && !engine.keeps(inputNamed: "x"))
    }

    @Test("plans answer as a run node by node", arguments: [true, false]) func verified(value: Bool) throws {
        let inputs = ["c": try Tensor(scalar: value), "x": try floats([2, 3, 5, 5], seed: 3)]
        for difference in try Engine.verify(Model(graph: convolutions()), inputs: inputs) {
            #expect(difference.largestAbsolute <= 1e-5 * difference.largestValue)
        }
    }

    @Test("plans for different conditions do not share weights that an If chooses") func weights() throws {
        var builder = GraphBuilder(name: "weights")
        let c = builder.input("c", DeclaredType(.bool, [.fixed(1)]))
        let x = builder.input("x", BranchTests.picture)
        let weights = try (1...2).map { builder.constant("w\($0)", try floats([16, 3, 1, 1], seed: UInt64($0))) }
        builder.output(try builder.node("Conv", "y", [x, builder.node(If(), "w", [c] + weights)]))
        let model = Model(graph: builder.graph)
        let engine = try Engine(model)
        let image = try floats([1, 3, 5, 5], seed: 3)
        var answers: [[Float]] = []
        for value in [true, false, true, false] {
            let inputs = ["c": try Tensor([value], shape: [1]), "x": image]
            let answer = try #require(try engine.runBlocking(inputs)["y"]).elements(as: Float.self)
            #expect(try answer == #require(try Engine(model).runBlocking(inputs)["y"]).elements(as: Float.self))
            answers.append(answer)
        }
        #expect(answers[0] == answers[2] && answers[1] == answers[3] && answers[0] != answers[1])
    }

    @Test("values that a run computes from its inputs decide, and the other branch need not fit")
    func computed() throws {
        var builder = GraphBuilder(name: "computed")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N")]))
        let zero = builder.constant("zero", try Tensor([Float(0)], shape: [1]))
        let positive = try builder.node("Greater", "positive", [x, zero])
        let found = try builder.node("NonZero", "found", [positive])
        let count = try builder.node("Size", "count", [found])
        let none = try builder.node("Equal", "none", [count, builder.constant("0", try Tensor(scalar: Int64(0)))])
        // Fits a list of three numbers only.
        let three = builder.constant("three", try Tensor([Int64(1), 3], shape: [2]))
        let largest = try builder.node("ReduceMax", "largest", [builder.node("Reshape", "list", [x, three])])
        builder.output(builder.node(If(), "y", [none, x, largest]))
        let engine = try Engine(Model(graph: builder.graph))
        func answer(_ values: [Float]) throws -> [Float] {
            try #require(try engine.runBlocking(["x": Tensor(values, shape: [values.count])])["y"]).elements(
                as: Float.self)
        }
        #expect(try answer([-1, -2]) == [-1, -2])
        #expect(try answer([-1, 5, 2]) == [5])
        #expect(try errorCode { _ = try answer([-1, 5]) } == .invalidModel)
    }

    @Test("a model whose If is open cannot be compiled") func compiled() throws {
        try withTemporaryFolder { folder in
            let engine = try Engine(Model(graph: convolutions()), options: EngineOptions(gemm: .packed))
            let inputs = ["c": try Tensor(scalar: true), "x": try floats([1, 3, 5, 5], seed: 3)]
            let error = #expect(throws: DeeperError.self) { try engine.compile(for: inputs, to: folder + "/a.deeper") }
            #expect(error?.code == .unsupported && error?.description.contains("node \"y\" (If)") == true)
        }
    }

    /// Silero's voice detector has a network for each of two rates. The numbers are ONNX Runtime's.
    @Test(
        "a real network for two sampling rates", .enabled(if: TestData.has("models/real"), "\(TestData.absence)"),
        arguments: [(16_000, 576, 0.015_176_39, -5.083_762), (8_000, 288, 0.019_704_7, 11.024_193)])
    func voice(rate: Int, count: Int, score: Double, sum: Double) throws {
        let model = try Models.read("models/real/silero_vad_ifless.onnx")
        let sound = (0..<count).map { Float(Double($0 * 37 % 101) / 101 - 0.5) }
        let results = try Engine(model).runBlocking([
            "input": Tensor(sound, shape: [1, count]), "sr": Tensor(scalar: Int64(rate)),
            "state": Tensor([Float](repeating: 0, count: 256), shape: [2, 1, 128]),
        ])
        let (output, state) = (try #require(results["output"]), try #require(results["stateN"]))
        #expect(output.shape == [1, 1] && state.shape == [2, 1, 128])
        #expect(try abs(output.doubles()[0] - score) < 1e-5)
        #expect(try abs(state.doubles().reduce(0, +) - sum) < 1e-3)
    }
}
