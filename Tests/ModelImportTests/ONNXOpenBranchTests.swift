import DeeperGraphs
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperImport

@Suite("Ifs that only a run's inputs decide") struct ONNXOpenBranchTests {
    /// y, z = x + 1, x if the sum of x is above 0, else -x, |-x|.
    private func model() throws -> Onnx_ModelProto {
        let one = ("one", try Tensor([Float(1)], shape: [1]))
        let whenTrue = try Onnx_GraphProto(
            [Onnx_NodeProto("Add", ["x", "one"], ["t"], name: "sum")], outputs: ["t", "x"], constants: [one])
        let whenFalse = try Onnx_GraphProto(
            [Onnx_NodeProto("Neg", ["x"], ["t"], name: "neg"), Onnx_NodeProto("Abs", ["t"], ["a"], name: "abs")],
            outputs: ["t", "a"])
        return try Onnx_ModelProto(
            outputs: ["y", "z"], constants: [("zero", try Tensor(scalar: Float(0)))],
            [
                Onnx_NodeProto("ReduceSum", ["x"], ["s"], [.int("keepdims", 0)]),
                Onnx_NodeProto("Greater", ["s", "zero"], ["c"]),
                Onnx_NodeProto(
                    "If", ["c"], ["y", "z"], name: "if",
                    [.graph("then_branch", whenTrue), .graph("else_branch", whenFalse)]),
            ])
    }

    private func answers(_ graph: Graph, _ x: [Float]) throws -> [[Float]] {
        let results = try graph.run(["x": Tensor(x, shape: [x.count])])
        return try ["y", "z"].map { try #require(results[$0]).elements(as: Float.self) }
    }

    @Test("both branches stand in the graph, under their own names, and one node chooses each output")
    func both() throws {
        let graph = try model().read()
        #expect(graph.operatorNames == ["ReduceSum", "Greater", "Add", "Neg", "Abs", "If", "If"])
        #expect(graph.nodes.dropFirst(2).map(\.name) == ["sum", "neg", "abs", "if", "if"])
        #expect(Set(graph.valueNames).count == graph.valueCount)
        #expect(try answers(graph, [3, -1]) == [[4, 0], [3, -1]])
        #expect(try answers(graph, [-3, 1]) == [[3, -1], [3, 1]])
    }

    @Test("a condition that is an initialiser which a caller may replace stays open")
    func replaceable() throws {
        var model = try model()
        model.graph.node.removeFirst(2)
        model.graph.initializer.append(try ONNXModel.tensor(Tensor([true], shape: [1]), named: "c"))
        var input = Onnx_ValueInfoProto()
        input.name = "c"
        input.type.tensorType.elemType = Int32(ElementType.bool.onnxCode)
        model.graph.input.append(input)
        #expect(try model.read().operatorNames.contains("If"))
    }

    @Test("an output that nobody wants has no node")
    func unwanted() throws {
        var model = try model()
        model.graph.node[2].output[0] = ""
        model.graph.output.removeFirst()
        let graph = try model.read()
        #expect(graph.operatorNames.count { $0 == "If" } == 1)
        #expect(try graph.run([-3, 1], output: "z") == [3, 1])
    }

    @Test("Ifs within branches of others, within a function")
    func nested() throws {
        func side(_ operatorName: String) throws -> Onnx_GraphProto {
            try Onnx_GraphProto([Onnx_NodeProto(operatorName, ["p"], ["t"])], outputs: ["t"])
        }
        func choice(_ condition: String, _ output: String, _ sides: [Onnx_GraphProto]) -> Onnx_NodeProto {
            Onnx_NodeProto(
                "If", [condition], [output], name: output,
                [.graph("then_branch", sides[0]), .graph("else_branch", sides[1])])
        }
        let inner = try Onnx_GraphProto([choice("c", "i", [side("Relu"), side("Abs")])], outputs: ["i"])
        let function = try Onnx_FunctionProto(
            "F", inputs: ["p", "c", "d"], outputs: ["q"], [choice("d", "q", [inner, side("Neg")])])
        var model = try Onnx_ModelProto(
            inputs: ["x", "c", "d"], functions: [function],
            [Onnx_NodeProto("F", ["x", "c", "d"], ["y"], domain: "own", name: "f")])
        for index in 1...2 {
            model.graph.input[index].type.tensorType.elemType = Int32(ElementType.bool.onnxCode)
        }
        let graph = try model.read()
        #expect(graph.operatorNames == ["Relu", "Abs", "If", "Neg", "If"])
        for (outer, inner, expected) in [(true, true, 0), (true, false, 2), (false, true, 2)] as [(Bool, Bool, Float)] {
            let given = try [
                "x": Tensor([Float(-2)], shape: [1]), "c": Tensor([inner], shape: [1]),
                "d": Tensor([outer], shape: [1]),
            ]
            #expect(try #require(graph.run(given)["y"]).elements(as: Float.self) == [expected])
        }
    }

    @Test("what is written becomes an If with two graphs again, and reads as before")
    func written() throws {
        let graph = try model().read()
        let proto = try ONNXModel.message(graph, [:], "test", .whole)
        #expect(proto.graph.node.map(\.opType) == ["ReduceSum", "Greater", "If"])
        let node = try #require(proto.graph.node.last)
        #expect(node.name == "if" && node.input == ["c"] && node.output == ["y", "z"])
        #expect(node.attribute.map(\.name) == ["then_branch", "else_branch"])
        // ONNX Runtime refuses a branch that gives out a value made around it.
        #expect(node.attribute.map { $0.g.node.map(\.opType) } == [["Add", "Identity"], ["Neg", "Abs"]])
        #expect(node.attribute.allSatisfy { $0.g.output.count == 2 && Set($0.g.output.map(\.name)).count == 2 })
        let found = try ONNXModel.graph(proto, folder: nil, weights: [:])
        for x in [[3, -1], [-3, 1]] as [[Float]] {
            #expect(try answers(found, x) == answers(graph, x))
        }
    }

    @Test("branches that give fewer outputs than wanted, or take inputs, are refused")
    func misfits() throws {
        var narrow = try model()
        narrow.graph.node[2].attribute[1].g.output.removeLast()
        let error = try narrow.refusal()
        #expect(error.code == .invalidModel)
        #expect(error.message == "else_branch has 0 inputs and 1 outputs, expected 0 and 2")
        var wide = try model()
        wide.graph.node[2].attribute[0].g.input = wide.graph.input
        #expect(try wide.refusal().code == .invalidModel)
    }
}
