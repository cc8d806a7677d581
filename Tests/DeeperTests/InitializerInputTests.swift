import Deeper
import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

/// Initialisers that the model also lists as inputs: their values are defaults, which callers may replace.
@Suite struct InitializerInputTests {
    /// Y = Relu(X W + B), W and B initialisers, W listed among the inputs.
    private func model() throws -> Model {
        var builder = GraphBuilder(name: "defaults")
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(2)]))
        let w = builder.constant("w", try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]))
        let b = builder.constant("b", try Tensor([0.5, 0, -1] as [Float], shape: [3]))
        let product = try builder.node("MatMul", "product", [x, w])
        builder.output(try builder.node("Relu", "y", [try builder.node("Add", "sum", [product, b])]))
        var graph = builder.graph
        graph.inputs.append(GraphInput(value: w, type: DeclaredType(.float32, [.fixed(2), .fixed(3)])))
        return Model(graph: graph)
    }

    private let x = ["x": floats([1, 10], [1, 2])]

    private func answer(_ engine: Engine, _ more: [String: Tensor] = [:]) throws -> [Float] {
        try #require(try engine.runBlocking(x.merging(more) { $1 })["y"]).elements(as: Float.self)
    }

    @Test("the caller's value counts, the default afterwards again", arguments: [true, false])
    func replaced(optimizes: Bool) throws {
        let engine = try Engine(try model(), options: EngineOptions(optimizesGraph: optimizes))
        #expect(engine.model.inputs.map(\.name) == ["x"])
        for _ in 0..<2 {
            #expect(try answer(engine) == [41.5, 52, 62])
            #expect(try answer(engine, ["w": floats([0, 0, 0, 1, -1, 1], [2, 3])]) == [10.5, 0, 9])
            #expect(try answer(engine, ["w": floats([0, 0, 0, 0, 0, 0], [2, 3])]) == [0.5, 0, 0])
        }
        #expect(engine.keeps(inputNamed: "w"))
    }

    @Test("verify runs node by node with the caller's value too") func verified() throws {
        let inputs = x.merging(["w": floats([9, 9, 9, 9, -9, 9], [2, 3])]) { $1 }
        let differences = try Engine.verify(try model(), inputs: inputs)
        #expect(differences.map(\.largestAbsolute) == [0] && differences[0].largestValue == 99.5)
    }

    @Test("another type, shape or name is refused by name") func refused() throws {
        let engine = try Engine(try model())
        let wrong: [(String, Tensor)] = [
            ("w", floats([1, 2, 3, 4], [2, 2])), ("w", try Tensor([Int64(1)], shape: [1])),
            ("b", floats([1, 2, 3], [3])),
        ]
        for (name, tensor) in wrong {
            let error = try #require(throws: DeeperError.self) { try answer(engine, [name: tensor]) }
            #expect(error.code == .invalidInput && "\(error)".contains("\"\(name)\""), "\(error)")
        }
    }
}

private func floats(_ values: [Float], _ shape: Shape) -> Tensor {
    do { return try Tensor(values, shape: shape) } catch { preconditionFailure("\(error)") }
}
