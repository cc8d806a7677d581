import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct InputBindingTests {
    /// a [N, 3, ?] and b [N, M] of float32, c of int64 and any shape.
    private static let graph: Graph = {
        var graph = Graph(name: "inputs")
        let types = [
            ("a", DeclaredType(.float32, [.symbol("N"), .fixed(3), .unknown])),
            ("b", DeclaredType(.float32, [.symbol("N"), .symbol("M")])), ("c", DeclaredType(.int64, nil)),
        ]
        for (name, type) in types { graph.inputs.append(GraphInput(value: graph.makeValue(name), type: type)) }
        let weights = GraphInput(value: graph.makeValue("w"), type: DeclaredType(.float32, [.fixed(1)]))
        graph.inputs.append(weights)
        graph.constants[weights.value] = floats([1], [1])
        return graph
    }()

    private static let sound: [String: TensorType] = [
        "a": TensorType(.float32, [2, 3, 5]), "b": TensorType(.float32, [2, 7]), "c": TensorType(.int64, [4, 4, 4]),
    ]

    private func complaint(_ name: String, _ type: TensorType?) throws -> String {
        var given = InputBindingTests.sound
        given[name] = type
        let error = try #require(throws: DeeperError.self) { try InputBindingTests.graph.bind(given) }
        #expect(error.code == .invalidInput)
        return error.description
    }

    @Test("binds what fits; constants need nothing") func bindsWhatFits() throws {
        let types = try InputBindingTests.graph.bind(InputBindingTests.sound)
        let names = types.map { (InputBindingTests.graph.name(of: $0.key), $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: names) == InputBindingTests.sound)
    }

    @Test("a missing input") func missing() throws {
        #expect(try complaint("b", nil) == "input \"b\" float32[N, M] is missing")
    }

    @Test("an input that the model does not have") func unknown() throws {
        #expect(try complaint("d", TensorType(.float32, [1])) == "the model has no input \"d\"; its inputs: a, b, c, w")
    }

    @Test("another element type, rank or extent") func mismatches() throws {
        #expect(
            try complaint("a", TensorType(.float64, [2, 3, 5]))
                == "input \"a\": got float64[2, 3, 5], the model expects float32[N, 3, ?]")
        #expect(
            try complaint("a", TensorType(.float32, [2, 3]))
                == "input \"a\": got float32[2, 3], the model expects float32[N, 3, ?]")
        #expect(
            try complaint("a", TensorType(.float32, [2, 4, 5]))
                == "input \"a\": got float32[2, 4, 5], the model expects float32[N, 3, ?]")
        #expect(
            try complaint("c", TensorType(.int32, [2])) == "input \"c\": got int32[2], the model expects int64[...]")
    }

    @Test("two extents for one symbol") func symbolConflict() throws {
        #expect(
            try complaint("b", TensorType(.float32, [4, 7])) == "input \"b\": N is 4 here and 2 in another place")
    }

    @Test("an empty batch is accepted") func emptyBatch() throws {
        var given = InputBindingTests.sound
        given["a"] = TensorType(.float32, [0, 3, 5])
        given["b"] = TensorType(.float32, [0, 7])
        #expect(try InputBindingTests.graph.bind(given).count == 3)
    }

    @Test("types made up for open dimensions") func declaredTypes() throws {
        var graph = InputBindingTests.graph
        #expect(try errorCode { _ = try graph.declaredTypes() } == .invalidInput)
        graph.inputs.remove(at: 2)
        let types = try graph.declaredTypes(batch: 4, open: 9)
        #expect(types[graph.inputs[0].value] == TensorType(.float32, [4, 3, 9]))
        #expect(types[graph.inputs[1].value] == TensorType(.float32, [4, 9]))
        #expect(types.count == 2)
    }

    @Test("one extent for all open dimensions but the batch") func fixedDimensions() {
        var graph = InputBindingTests.graph
        graph.inputs[1].type.dimensions = [.symbol("M"), .symbol("N"), .symbol("K")]
        graph.inputs.append(
            GraphInput(value: graph.makeValue("d"), type: DeclaredType(.float32, [.unknown, .symbol("M"), .unknown])))
        let fixed = graph.fixingOpenDimensions(to: 9).inputs.map(\.type.dimensions)
        #expect(fixed[0] == [.symbol("N"), .fixed(3), .fixed(9)])
        #expect(fixed[1] == [.symbol("M"), .symbol("N"), .fixed(9)])
        #expect(fixed[2] == nil && fixed[3] == [.fixed(1)])
        #expect(fixed[4] == [.unknown, .symbol("M"), .fixed(9)])
    }
}

@Suite("inputs whose values a plan depends on") struct ValueDependentInputTests {
    private static let picture = DeclaredType(.float32, [.symbol("N"), .fixed(2), .fixed(4), .fixed(4)])

    private func names(_ graph: Graph) -> Set<String> { Set(graph.valueDependentInputs().map { graph.name(of: $0) }) }

    @Test("weights and shapes, through other nodes") func weightsAndShapes() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", ValueDependentInputTests.picture)
        let weights = builder.input("weights", DeclaredType(.float32, nil))
        let half = builder.input("half", DeclaredType(.int64, [.fixed(2)]))
        let rest = builder.input("rest", DeclaredType(.int64, [.fixed(2)]))
        let conv = try builder.node("Conv", "conv", [x, try builder.node("Neg", "negated", [weights])])
        let shape = try builder.node("Concat", "shape", [half, rest], ["axis": .int(0)])
        builder.output(try builder.node("Reshape", "reshaped", [conv, shape]))
        #expect(names(builder.graph) == ["weights", "half", "rest"])
    }

    @Test("not what a node only takes the shape of") func shapesOfInputs() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", ValueDependentInputTests.picture)
        let like = builder.input("like", ValueDependentInputTests.picture)
        let shape = try builder.node("Shape", "shape", [try builder.node("Relu", "relu", [like])])
        builder.output(try builder.node("Reshape", "reshaped", [x, shape]))
        #expect(names(builder.graph) == [])
    }

    @Test("not constants, even where they are inputs too") func constants() throws {
        var builder = GraphBuilder(name: "g")
        let x = builder.input("x", ValueDependentInputTests.picture)
        let weights = builder.input("weights", DeclaredType(.float32, nil))
        builder.output(try builder.node("Conv", "conv", [x, weights]))
        var graph = builder.graph
        #expect(names(graph) == ["weights"])
        graph.constants[weights] = floats([1, 1], [1, 2, 1, 1])
        #expect(names(graph) == [])
    }
}
