import DeeperGraphs
import DeeperTensors
import Testing

@testable import DeeperImport

@Suite("Ifs of a model that is read") struct ONNXBranchTests {
    /// y = x + 1 if the condition holds, else -x.
    private func branching(_ condition: String, from x: String = "x", to y: String = "y") throws -> Onnx_NodeProto {
        let one = ("one", try Tensor([Float(1)], shape: [1]))
        return Onnx_NodeProto(
            "If", [condition], [y], name: "if",
            [
                .graph(
                    "then_branch",
                    try Onnx_GraphProto([Onnx_NodeProto("Add", [x, "one"], ["t"])], outputs: ["t"], constants: [one])),
                .graph("else_branch", try Onnx_GraphProto([Onnx_NodeProto("Neg", [x], ["t"])], outputs: ["t"])),
            ])
    }

    private func truth(_ value: Bool) throws -> (String, Tensor) { ("c", try Tensor([value], shape: [1])) }

    @Test("an initialiser decides; the branch reads values around it", arguments: [true, false])
    func initializer(value: Bool) throws {
        let graph = try Onnx_ModelProto(constants: [truth(value)], [branching("c")]).read()
        #expect(graph.operatorNames == [value ? "Add" : "Neg"])
        #expect(graph.outputs.map { graph.name(of: $0) } == ["y"])
        #expect(try graph.run([4]) == [value ? 5 : -4])
    }

    @Test("what is computed from constants decides, and two Ifs of one name stay apart")
    func computed() throws {
        let two = try Tensor(scalar: Int64(2))
        let graph = try Onnx_ModelProto(
            constants: [("two", two)],
            [
                Onnx_NodeProto("Constant", [], ["three"], [.int("value_int", 3)]),
                Onnx_NodeProto("Equal", ["two", "three"], ["same"]), Onnx_NodeProto("Not", ["same"], ["different"]),
                branching("different", to: "m"), branching("same", from: "m"),
            ]
        ).read()
        #expect(Set(graph.valueNames).count == graph.valueCount)
        #expect(try graph.run([4]) == [-5])
    }

    @Test("the extent of an input decides where the model fixes it")
    func shapes() throws {
        var model = try Onnx_ModelProto(
            constants: [("two", try Tensor(scalar: Int64(2))), ("zero", try Tensor(scalar: Int64(0)))],
            [
                Onnx_NodeProto("Relu", ["x"], ["r"]), Onnx_NodeProto("Shape", ["r"], ["s"]),
                Onnx_NodeProto("Gather", ["s", "zero"], ["n"]), Onnx_NodeProto("Equal", ["n", "two"], ["c"]),
                branching("c", from: "r"),
            ])
        #expect(try model.read().operatorNames.contains("If"))
        var extent = Onnx_TensorShapeProto.Dimension()
        extent.dimValue = 2
        model.graph.input[0].type.tensorType.shape.dim = [extent]
        #expect(try model.read().run([4, -1]) == [5, 1])
    }

    @Test("Ifs within branches and functions")
    func nested() throws {
        let inner = try Onnx_GraphProto([branching("c", from: "around", to: "i")], outputs: ["i"])
        let outer = Onnx_NodeProto(
            "If", ["d"], ["q"], [.graph("then_branch", inner), .graph("else_branch", inner)])
        let function = Onnx_FunctionProto(
            "F", inputs: ["p", "c", "d"], outputs: ["q"], [Onnx_NodeProto("Abs", ["p"], ["around"]), outer])
        let graph = try Onnx_ModelProto(
            constants: [truth(true)], functions: [function],
            [Onnx_NodeProto("F", ["x", "c", "c"], ["y"], domain: "own", name: "f")]
        ).read()
        #expect(graph.operatorNames == ["Abs", "Add"])
        #expect(try graph.run([-4]) == [5])
    }

    @Test("a branch may hand a value on that is made around it")
    func passage() throws {
        let branch = try Onnx_GraphProto([], outputs: ["r"])
        let graph = try Onnx_ModelProto(
            outputs: ["y", "r"], constants: [truth(true)],
            [
                Onnx_NodeProto("Relu", ["x"], ["r"]),
                Onnx_NodeProto("If", ["c"], ["y"], [.graph("then_branch", branch), .graph("else_branch", branch)]),
            ]
        ).read()
        #expect(graph.outputs.map { graph.name(of: $0) } == ["y", "r"])
        #expect(try graph.run([4]) == [4])
    }

    @Test("the number of an input's elements decides, whatever the elements are")
    func elementCount() throws {
        var model = try Onnx_ModelProto(
            constants: [("four", try Tensor(scalar: Int64(4)))],
            [
                Onnx_NodeProto("Size", ["x"], ["n"]), Onnx_NodeProto("Equal", ["n", "four"], ["c"]), branching("c"),
            ])
        var extent = Onnx_TensorShapeProto.Dimension()
        extent.dimValue = 4
        model.graph.input[0].type.tensorType.shape.dim = [extent]
        #expect(!(try model.read().operatorNames.contains("If")))
    }

    @Test("wrong Ifs are refused")
    func misfits() throws {
        let number = ("c", try Tensor([Float(1)], shape: [1]))
        #expect(try Onnx_ModelProto(constants: [number], [branching("c")]).refusal().code == .invalidModel)
        var half = try branching("c")
        half.attribute.removeLast()
        #expect(try Onnx_ModelProto(constants: [truth(true)], [half]).refusal().code == .invalidModel)
        var wide = try branching("c")
        wide.output.append("z")
        #expect(try Onnx_ModelProto(constants: [truth(true)], [wide]).refusal().code == .invalidModel)
    }
}
