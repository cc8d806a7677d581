import DeeperGraphs
import DeeperTensors
import Testing

@testable import DeeperImport

@Suite struct MissingOperatorTests {
    @Test("one message names every missing operator, in functions and branches too")
    func all() throws {
        let branch = try Onnx_GraphProto([Onnx_NodeProto("Loop", ["x"], ["l"], name: "loop")], outputs: ["l"])
        let function = Onnx_FunctionProto(
            "F", inputs: ["a"], outputs: ["b"], [Onnx_NodeProto("Nonsense", ["a"], ["b"], name: "n")])
        let error = try Onnx_ModelProto(
            functions: [function],
            [
                Onnx_NodeProto("Nonsense", ["x"], ["a"], name: "first"),
                // What is wrong after it is not worth a message of its own.
                Onnx_NodeProto("Concat", ["a", "x"], ["b"]),
                Onnx_NodeProto("Relu", ["x"], ["c"], domain: "com.example", name: "relu"),
                Onnx_NodeProto("F", ["b"], ["d"], domain: "own", name: "f"),
                Onnx_NodeProto("Equal", ["d", "d"], ["e"]),
                Onnx_NodeProto(
                    "If", ["e"], ["y"], name: "if", [.graph("then_branch", branch), .graph("else_branch", branch)]),
            ]
        ).refusal()
        #expect(error.code == .unsupported)
        #expect(
            error.message == """
                3 operators are not supported: Nonsense (2 nodes, the first is "first"), com.example.Relu (node \
                "relu"), Loop (2 nodes, the first is "loop")
                """)
    }

    @Test("an error before the first missing operator is reported as it is")
    func order() throws {
        let error = try Onnx_ModelProto(
            [Onnx_NodeProto("Concat", ["x", "x"], ["a"]), Onnx_NodeProto("Nonsense", ["a"], ["y"])]
        ).refusal()
        #expect(error.code == .invalidModel)
    }

    @Test("operators for one CPU come with advice")
    func blockedLayouts() throws {
        let error = try Onnx_ModelProto(
            [Onnx_NodeProto("Conv", ["x", "x"], ["y"], domain: "com.microsoft.nchwc", name: "conv")]
        ).refusal()
        #expect(error.code == .unsupported)
        #expect(
            error.message.hasPrefix("an operator is not supported: com.microsoft.nchwc.Conv (node \"conv\"); "))
        #expect(error.message.contains("lower optimisation level"))
    }

    @Test("very many are cut short")
    func many() throws {
        let nodes = (0..<200).map { Onnx_NodeProto("Nonsense\($0)", ["x"], [$0 == 0 ? "y" : "v\($0)"]) }
        let message = try Onnx_ModelProto(nodes).refusal().message
        #expect(message.hasPrefix("200 operators are not supported: ") && message.hasSuffix(", 150 more"))
    }
}
