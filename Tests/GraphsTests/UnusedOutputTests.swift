import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Testing

/// Unused outputs have an empty name; the values of the others do not depend on them.
@Suite struct UnusedOutputTests {
    /// The graph of one node, some of whose outputs are used.
    private func graph(
        _ name: String, _ attributes: [String: AttributeValue], _ inputs: [Tensor], wanted: [Bool], opset: Int = 13
    ) throws -> Graph {
        var graph = Graph(name: name)
        let operation = try OperatorCatalog.make(
            name, node: "node", opset: opset, attributes: attributes, inputCount: inputs.count,
            outputCount: wanted.count)
        let x = graph.makeValue("x")
        let dimensions = inputs[0].shape.dimensions.map(DeclaredDimension.fixed)
        graph.inputs = [GraphInput(value: x, type: DeclaredType(inputs[0].elementType, dimensions))]
        let rest = inputs.dropFirst().enumerated().map { index, tensor -> ValueID in
            let value = graph.makeValue("constant \(index)")
            graph.constants[value] = tensor
            return value
        }
        let outputs = wanted.enumerated().map { $1 ? graph.makeValue("y\($0)") : nil }
        graph.nodes = [
            Node(
                name: "node", operation: operation, inputs: [x] + rest, outputs: outputs,
                form: NodeForm(opset: opset, attributes: attributes))
        ]
        graph.outputs = outputs.compactMap { $0 }
        return graph
    }

    private func run(_ graph: Graph, _ x: Tensor) throws -> [String: [Double]] {
        var results: [[String: [Double]]] = []
        for optimizes in [false, true] {
            let engine = try Engine(Model(graph: graph), options: EngineOptions(optimizesGraph: optimizes))
            results.append(try engine.runBlocking(["x": x]).mapValues { try $0.doubles() })
        }
        #expect(results[0] == results[1])
        return results[0]
    }

    @Test("an equal Split makes as many parts as it lists, used or not", arguments: [[0, 1], [0, 2], [1], [2]])
    func equalSplit(wanted: [Int]) throws {
        let x = floats([0, 1, 2, 3, 4, 5], [6])
        let graph = try graph("Split", [:], [x], wanted: (0..<3).map(wanted.contains))
        let expected = Dictionary(
            uniqueKeysWithValues: wanted.map { ("y\($0)", [Double(2 * $0), Double(2 * $0 + 1)]) })
        #expect(try run(graph, x) == expected)
        // The same after writing and reading a file.
        try withTemporaryFolder { folder in
            try ONNXModel.write(graph, to: folder + "/split.onnx")
            #expect(try run(ONNXModel.graph(contentsOf: folder + "/split.onnx"), x) == expected)
        }
    }

    @Test("a Split by extents along the last axis") func listedSplit() throws {
        let x = floats([0, 1, 2, 3, 4, 5], [2, 3])
        let graph = try graph("Split", ["axis": .int(1)], [x, integers(2, 1)], wanted: [false, true])
        #expect(try run(graph, x) == ["y1": [2, 5]])
    }

    @Test("the positions alone of MaxPool and TopK") func indices() throws {
        let picture = floats([1, 5, 2, 7, 3, 4], [1, 1, 2, 3])
        let window: [String: AttributeValue] = ["kernel_shape": .ints([2, 2])]
        #expect(try run(graph("MaxPool", window, [picture], wanted: [false, true]), picture) == ["y1": [3, 1]])
        let row = floats([4, 9, 1, 7], [4])
        #expect(try run(graph("TopK", [:], [row, integers(2)], wanted: [false, true]), row) == ["y1": [1, 3]])
    }

    @Test("results without elements, with other extents of any length") func emptyResults() throws {
        let pads = integers(0, 0, 0, 1 << 20)
        for isConstant in [true, false] {
            var builder = GraphBuilder(name: "empty")
            let x = builder.input("x", DeclaredType(.float32, [.symbol("N"), .fixed(1)]))
            let empty = isConstant ? builder.constant("empty", floats([], [0, 1])) : x
            let padded = try builder.node("Pad", "padded", [empty, builder.constant("pads", pads)])
            builder.output(try builder.node("ReduceSum", "y", [padded], ["keepdims": .int(0)]))
            builder.output(padded)
            let results = try run(builder.graph, floats([], [0, 1]))
            #expect(results == ["y": [0], "padded": []])
        }
    }

    @Test("the values alone of TopK, which another node reads") func values() throws {
        var builder = GraphBuilder(name: "values")
        let x = builder.input("x", DeclaredType(.float32, [.fixed(2), .fixed(4)]))
        let k = builder.constant("k", integers(2))
        let best = try builder.nodes("TopK", "best", [x, k], outputCount: 1)
        builder.output(try builder.node("Neg", "y", [best[0]]))
        let result = try run(builder.graph, floats([4, 9, 1, 7, -3, 0, 2, -5], [2, 4]))
        #expect(result == ["y": [-9, -7, -2, 0]])
    }
}
