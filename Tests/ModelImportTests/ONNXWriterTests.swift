import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

@Suite("writing ONNX files") struct ONNXWriterTests {
    private func small(opset: Int = 13) throws -> Graph {
        var builder = GraphBuilder(name: "small", opset: opset)
        let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(2), .unknown, .fixed(4)]))
        let w = builder.constant("w", try Tensor([Float](repeating: 0.5, count: 2 * 2 * 9), shape: [2, 2, 3, 3]))
        _ = builder.constant("unused", try Tensor([Float](repeating: 1, count: 9), shape: [9]))
        let conv = try builder.node(
            "Conv", "conv", [x, w],
            ["kernel_shape": .ints([3, 3]), "auto_pad": .string("SAME_UPPER"), "group": .int(1)])
        let slope = try builder.node("LeakyRelu", "leaky", [conv], ["alpha": .float(0.25)])
        builder.output(slope)
        return builder.graph
    }

    /// What must survive: names, operators, attributes, operands by name, constants, declared types.
    private func text(_ graph: Graph) throws -> [String] {
        let nodes = graph.nodes.map { node in
            let attributes = (node.form?.attributes ?? [:]).sorted { $0.key < $1.key }.map {
                "\($0.key)=\(describe($0.value))"
            }
            return "\(node.name) \(node.operatorName) \(node.form?.opset ?? 0) \(attributes) "
                + "\(node.inputs.map { $0.map(graph.name) ?? "-" }) \(node.outputs.map { $0.map(graph.name) ?? "-" })"
        }
        let read = Set(graph.nodes.flatMap { $0.inputs.compactMap { $0 } })
        let constants = try graph.constants.filter { read.contains($0.key) }.map { value, tensor in
            "\(graph.name(of: value)) \(tensor.elementType) \(tensor.shape) \(try tensor.bytes().hashValue)"
        }
        let inputs = graph.inputs.filter { graph.constants[$0.value] == nil }
            .map { "\(graph.name(of: $0.value)) \($0.type)" }
        return nodes + constants.sorted() + inputs + graph.outputs.map { graph.name(of: $0) }
    }

    private func describe(_ value: AttributeValue) -> String {
        if case .tensor(let tensor) = value { return "\(tensor.shape) \((try? tensor.bytes()) ?? [])" }
        return "\(value)"
    }

    @Test("a graph that is written and read is the same one", arguments: [9, 13, 20]) func roundTrip(opset: Int) throws
    {
        try withTemporaryFolder { folder in
            let graph = try small(opset: opset)
            try ONNXModel.write(graph, to: folder + "/small.onnx")
            let found = try ONNXModel.graph(contentsOf: folder + "/small.onnx")
            #expect(try text(found) == text(graph))
            #expect(!found.valueNames.contains("unused"))
        }
    }

    @Test("real models survive", .enabled(if: TestData.has("models"), "\(TestData.absence)"))
    func models() throws {
        let files =
            TestData.files(under: "models", endings: ["onnx"]) + TestData.files(under: "onnx/light", endings: ["onnx"])
        var copied = 0
        try withTemporaryFolder { folder in
            for file in files {
                do {
                    let graph = try ONNXModel.graph(contentsOf: file)
                    try ONNXModel.write(graph, to: folder + "/copy.onnx")
                    #expect(try text(ONNXModel.graph(contentsOf: folder + "/copy.onnx")) == text(graph), "\(file)")
                    copied += 1
                } catch let error as DeeperError where error.code == .unsupported {
                    // A model with an operator that deeper does not have.
                }
            }
            #expect(copied >= 14 && copied >= files.count - 4, "\(copied) of \(files.count)")
        }
    }

    @Test("values of one name are told apart") func names() throws {
        var graph = try small()
        let w = try #require(graph.constants.first { graph.name(of: $0.key) == "w" })
        let twin = graph.makeValue("w")
        graph.constants[twin] = try Tensor([Float](repeating: 2, count: 36), shape: w.value.shape)
        graph.nodes[0].inputs[1] = twin
        try withTemporaryFolder { folder in
            try ONNXModel.write(graph, to: folder + "/small.onnx")
            let found = try ONNXModel.graph(contentsOf: folder + "/small.onnx")
            #expect(try found.constants.values.map { try $0.elements(as: Float.self)[0] } == [2])
        }
    }

    @Test("what a pass made is refused, and the file that was there stays") func refusal() throws {
        var graph = try small()
        let conv = try #require(graph.nodes[0].operation as? Conv)
        #expect(graph.nodes[0].form != nil)
        graph.nodes[0].operation = conv
        #expect(graph.nodes[0].form == nil)
        try withTemporaryFolder { folder in
            let path = folder + "/good.onnx"
            try "good".write(toFile: path, atomically: true, encoding: .utf8)
            let error = try #require(throws: DeeperError.self) { try ONNXModel.write(graph, to: path) }
            #expect(error.code == .unsupported)
            #expect("\(error)".contains("conv"))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "good")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["good.onnx"])
            #expect(throws: DeeperError.self) { try ONNXModel.write(small(), to: folder + "/no/folder.onnx") }
        }
    }
}
