import DeeperGraphs
import DeeperTensors
import Testing

@testable import DeeperImport

@Suite("functions of a model") struct ONNXFunctionTests {
    /// r = 2 LeakyRelu(a) with the call's slope.
    private func leaky(default slope: Float? = nil) -> Onnx_FunctionProto {
        Onnx_FunctionProto(
            "Leaky", inputs: ["a"], outputs: ["r"], attributes: slope == nil ? ["slope"] : [],
            defaults: slope.map { [.float("slope", $0)] } ?? [],
            [
                Onnx_NodeProto("LeakyRelu", ["a"], ["t"], name: "act", [.reference("alpha", to: "slope")]),
                Onnx_NodeProto("Add", ["t", "t"], ["r"], name: "twice"),
            ])
    }

    private func call(
        _ name: String = "Leaky", _ inputs: [String] = ["x"], _ outputs: [String] = ["y"], named: String = "call",
        _ attributes: [Onnx_AttributeProto] = []
    ) -> Onnx_NodeProto {
        Onnx_NodeProto(name, inputs, outputs, domain: "own", name: named, attributes)
    }

    @Test("a call becomes the function's nodes, with its attributes, and names stay apart")
    func calls() throws {
        let graph = try Onnx_ModelProto(
            functions: [leaky()],
            [
                call("Leaky", ["x"], ["m"], named: "first", [.float("slope", 0.5)]),
                call("Leaky", ["m"], ["y"], named: "second", [.float("slope", 0.25)]),
            ]
        ).read()
        #expect(graph.operatorNames == ["LeakyRelu", "Add", "LeakyRelu", "Add"])
        #expect(graph.nodes.map(\.name) == ["first/act", "first/twice", "second/act", "second/twice"])
        #expect(graph.valueNames == ["x", "first/t", "m", "second/t", "y"])
        #expect(try graph.run([-8, 1]) == [-4, 4])
    }

    @Test("values of calls with equal names get numbers, and the model's own names take precedence")
    func uniqueNames() throws {
        let graph = try Onnx_ModelProto(
            outputs: ["y", "call/t"], functions: [leaky(default: 0.5)],
            [call("Leaky", ["x"], ["m"]), call("Leaky", ["m"], ["y"]), Onnx_NodeProto("Neg", ["x"], ["call/t"])]
        ).read()
        #expect(Set(graph.valueNames).count == graph.valueCount)
        #expect(graph.outputs.map { graph.name(of: $0) } == ["y", "call/t"])
        #expect(try graph.run([-8, 1]) == [-8, 4])
        #expect(try graph.run([-8, 1], output: "call/t") == [8, -1])
    }

    @Test("an attribute that a call leaves out is the function's default, or the operator's")
    func defaults() throws {
        #expect(try Onnx_ModelProto(functions: [leaky(default: 0.5)], [call()]).read().run([-8]) == [-8])
        #expect(try Onnx_ModelProto(functions: [leaky()], [call()]).read().run([-50]) == [-1])
    }

    @Test("functions call functions, chosen by domain, name and overload, and hand attributes on")
    func nested() throws {
        let outer = Onnx_FunctionProto(
            "Outer", inputs: ["p"], outputs: ["q"], attributes: ["s"],
            [
                Onnx_NodeProto("Leaky", ["p"], ["i"], domain: "own", [.reference("slope", to: "s")]),
                Onnx_NodeProto("Neg", ["i"], ["q"]),
            ])
        var other = Onnx_NodeProto("Outer", ["m"], ["y"], domain: "own")
        other.overload = "plain"
        let graph = try Onnx_ModelProto(
            functions: [
                leaky(), outer,
                Onnx_FunctionProto(
                    "Outer", overload: "plain", inputs: ["p"], outputs: ["q"], [Onnx_NodeProto("Abs", ["p"], ["q"])]),
                Onnx_FunctionProto("Leaky", domain: "their", inputs: ["p"], outputs: ["q"], []),
            ],
            [call("Outer", ["x"], ["m"], [.float("s", 0.5)]), other]
        ).read()
        #expect(graph.operatorNames == ["LeakyRelu", "Add", "Neg", "Abs"])
        #expect(try graph.run([-8, 1]) == [8, 2])
    }

    @Test("a function goes before an operator of its name, and has its own opset")
    func precedence() throws {
        var own = Onnx_FunctionProto(
            "Relu", domain: "", inputs: ["a"], outputs: ["b"],
            [Onnx_NodeProto("Clip", ["a"], ["b"], [.float("max", 1)])])
        var imported = Onnx_OperatorSetIdProto()
        // Bounds are attributes before opset 11.
        imported.version = 10
        own.opsetImport = [imported]
        let graph = try Onnx_ModelProto(functions: [own], [Onnx_NodeProto("Relu", ["x"], ["y"])]).read()
        #expect(try graph.run([-2, 2]) == [-2, 1])
    }

    @Test("inputs may be left out, and outputs nobody wants")
    func optional() throws {
        let clip = Onnx_FunctionProto(
            "Hold", inputs: ["a", "low", "high"], outputs: ["unread", "b"],
            [Onnx_NodeProto("Abs", ["a"], ["unread"]), Onnx_NodeProto("Clip", ["a", "low", "high"], ["b"])])
        let bound = ("bound", try Tensor(scalar: Float(1)))
        let above = try Onnx_ModelProto(
            constants: [bound], functions: [clip], [call("Hold", ["x", "", "bound"], ["", "y"])])
        #expect(try above.read().run([-2, 2]) == [-2, 1])
        let below = try Onnx_ModelProto(
            constants: [bound], functions: [clip], [call("Hold", ["x", "bound"], ["", "y"])])
        #expect(try below.read().run([-2, 2]) == [1, 2])
    }

    @Test("an input that is handed on keeps the output's name")
    func passage() throws {
        let passage = Onnx_FunctionProto("Pass", inputs: ["a"], outputs: ["a"], [])
        let graph = try Onnx_ModelProto(functions: [passage], [call("Pass")]).read()
        #expect(graph.outputs.map { graph.name(of: $0) } == ["y"])
        #expect(try graph.run([3]) == [3])
    }

    @Test("a function does not see the values around it")
    func closed() throws {
        let open = Onnx_FunctionProto(
            "Open", inputs: ["a"], outputs: ["b"], [Onnx_NodeProto("Add", ["a", "x"], ["b"])])
        let error = try Onnx_ModelProto(functions: [open], [call("Open")]).refusal()
        #expect(error.code == .invalidModel && "\(error)".contains("\"x\" is made by no node"))
    }

    @Test("functions that call themselves, or too deeply, are refused")
    func recursion() throws {
        let there = Onnx_FunctionProto("There", inputs: ["a"], outputs: ["b"], [call("Back", ["a"], ["b"])])
        let back = Onnx_FunctionProto("Back", inputs: ["a"], outputs: ["b"], [call("There", ["a"], ["b"])])
        let circle = try Onnx_ModelProto(functions: [there, back], [call("There")]).refusal()
        #expect(circle.code == .invalidModel && circle.message.contains("\"own.There\" calls itself"))
        let chain = (0..<100).map { level in
            Onnx_FunctionProto("F\(level)", inputs: ["a"], outputs: ["b"], [call("F\(level + 1)", ["a"], ["b"])])
        }
        #expect(try Onnx_ModelProto(functions: chain, [call("F0")]).refusal().code == .limitExceeded)
    }

    @Test("what does not fit the function is refused")
    func misfits() throws {
        let wrong = [
            try Onnx_ModelProto(functions: [leaky()], [call("Leaky", ["x"], ["y"], [.float("alpha", 1)])]),
            try Onnx_ModelProto(functions: [leaky()], [call("Leaky", ["x", "x"])]),
            try Onnx_ModelProto(functions: [leaky()], [call("Leaky", ["x"], ["y", "z"])]),
            try Onnx_ModelProto(functions: [leaky(), leaky()], [call()]),
            try Onnx_ModelProto(functions: [], [Onnx_NodeProto("Relu", ["x"], ["y"]), call("Leaky", ["y"], ["y"])]),
        ]
        for (index, model) in wrong.enumerated() {
            #expect(try model.refusal().code == (index == 4 ? .unsupported : .invalidModel), "\(index)")
        }
        let stray = try Onnx_ModelProto([Onnx_NodeProto("LeakyRelu", ["x"], ["y"], [.reference("alpha", to: "s")])])
        #expect(try stray.refusal().code == .unsupported)
    }
}
