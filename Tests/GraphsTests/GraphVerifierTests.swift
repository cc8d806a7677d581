import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite struct GraphVerifierTests {
    /// x -> a -> b -> y, all Relu.
    private func chain() throws -> (graph: Graph, values: [ValueID]) {
        var builder = GraphBuilder(name: "chain")
        var values = [builder.input("x", DeclaredType(.float32, [.fixed(2)]))]
        for name in ["a", "b", "y"] { values.append(try builder.node("Relu", name, [values[values.count - 1]])) }
        builder.output(values[3])
        return (builder.graph, values)
    }

    private func complaint(_ graph: Graph, _ code: DeeperError.Code = .invalidModel) throws -> String {
        let error = try #require(throws: DeeperError.self) { try graph.verify() }
        #expect(error.code == code)
        return error.description
    }

    @Test("accepts a sound graph") func acceptsASoundGraph() throws { try chain().graph.verify() }

    @Test("accepts an input that is a constant too, as old models have them") func acceptsInitialisedInputs() throws {
        var (graph, values) = try chain()
        graph.constants[values[0]] = floats([1, 2], [2])
        try graph.verify()
    }

    @Test("refuses a value that two nodes make") func refusesTwoMakers() throws {
        var (graph, values) = try chain()
        graph.nodes[2].outputs = [values[2]]
        graph.outputs = [values[2]]
        #expect(try complaint(graph) == "value \"b\" is made twice, the second time by node \"y\" (Relu)")
    }

    @Test("refuses a node that makes an input or a constant") func refusesMadeInputs() throws {
        var (graph, values) = try chain()
        graph.nodes[1].outputs = [values[0]]
        #expect(try complaint(graph).contains("value \"x\" is made twice"))
        (graph, values) = try chain()
        graph.constants[values[2]] = floats([1, 2], [2])
        #expect(try complaint(graph).contains("value \"b\" is made twice"))
    }

    @Test("refuses a value that is an input twice") func refusesRepeatedInputs() throws {
        var (graph, _) = try chain()
        graph.inputs.append(graph.inputs[0])
        #expect(try complaint(graph) == "value \"x\" is made twice, the second time by an input")
    }

    @Test("refuses a value that is used before it is made") func refusesDisorder() throws {
        var (graph, values) = try chain()
        graph.nodes.swapAt(0, 1)
        #expect(try complaint(graph) == "node \"b\" (Relu): value \"a\" is used before it is made")
        (graph, values) = try chain()
        graph.nodes[1].inputs = [values[2]]
        #expect(try complaint(graph) == "node \"b\" (Relu): value \"b\" is used before it is made")
    }

    @Test("refuses a value that nothing makes") func refusesOrphans() throws {
        var (graph, _) = try chain()
        graph.nodes[0].inputs = [graph.makeValue("orphan")]
        #expect(try complaint(graph) == "node \"a\" (Relu): value \"orphan\" is used before it is made")
    }

    @Test("refuses a graph without outputs, and outputs that nothing makes") func refusesMissingOutputs() throws {
        var (graph, _) = try chain()
        graph.outputs = []
        #expect(try complaint(graph) == "the graph has no outputs")
        graph.outputs = [graph.makeValue("z")]
        #expect(try complaint(graph) == "output \"z\" is made by no node")
    }

    @Test("refuses a node without outputs") func refusesNodesWithoutOutputs() throws {
        var (graph, _) = try chain()
        graph.nodes[2].outputs = [nil]
        #expect(try complaint(graph) == "node \"y\" (Relu): no output")
    }

    @Test("an output may be an input or a constant") func acceptsTrivialOutputs() throws {
        var (graph, values) = try chain()
        graph.outputs = [values[0]]
        try graph.verify()
    }

    @Test("refuses values from elsewhere instead of trapping", arguments: 0..<5)
    func refusesForeignValues(place: Int) throws {
        var (graph, _) = try chain()
        let foreign = ValueID(number: 1000)
        switch place {
        case 0: graph.nodes[0].inputs = [foreign]
        case 1: graph.nodes[0].outputs = [foreign]
        case 2: graph.outputs = [foreign]
        case 3: graph.constants[foreign] = floats([1], [1])
        default: graph.inputs.append(GraphInput(value: foreign, type: DeclaredType(.float32, nil)))
        }
        #expect(try complaint(graph, .internalFault) == "unknown value %1000")
    }

    @Test("makers and readers of values") func producersAndConsumers() throws {
        var (graph, values) = try chain()
        graph.nodes[2] = Node(
            name: "y",
            operation: try NodeCase("", "Add", opset: 13, [nil, nil], gives: [floats([], [0])]).graph().nodes[0]
                .operation, inputs: [values[2], values[2]], outputs: [values[3]])
        #expect(graph.producers() == [nil, 0, 1, 2])
        #expect(graph.consumers() == [[0], [1], [2, 2], []])
    }
}
