import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import DeeperZoo
import Testing

private let modelFile = "models/bvlc_googlenet.onnx"

/// The builder against the converted file of Caffe's `bvlc_googlenet`.
@Suite(.enabled(if: TestData.has(modelFile), "\(TestData.absence)"))
struct CaffeModelTests {
    /// A node without the identities of its values, and with dropouts looked through: the file has none.
    struct Line: Hashable {
        let name: String
        let operatorName: String
        let summary: String
        let inputs: [String]
        let outputs: [String]
        let shapes: [String]

        static func all(of graph: Graph) throws -> [Line] {
            let measured = try Measured(graph)
            var origins: [ValueID: ValueID] = [:]
            for node in graph.nodes where node.operatorName == "Dropout" {
                if let output = node.outputs[0] { origins[output] = node.inputs[0] }
            }
            return zip(graph.nodes, measured.rows).filter { $0.0.operatorName != "Dropout" }.map { node, row in
                Line(
                    name: node.name, operatorName: node.operatorName, summary: node.operation.summary,
                    inputs: node.inputs.compactMap { $0 }.map { graph.name(of: origins[$0] ?? $0) },
                    outputs: node.outputs.compactMap { $0 }.map { graph.name(of: $0) },
                    shapes: row.outputTypes.map(\.description))
            }
        }
    }

    @Test func theGraphIsTheFiles() throws {
        let file = try ONNXModel.graph(contentsOf: TestData.path(modelFile))
        let built = try GoogLeNet().graph(weights: .zeros)
        let expected = try Line.all(of: file)
        let found = try Line.all(of: built)
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(built.constantNames == file.constantNames)
        #expect(built.inputs.map { built.name(of: $0.value) } == file.inputs.map { file.name(of: $0.value) })
        #expect(built.outputs.map { built.name(of: $0) } == file.outputs.map { file.name(of: $0) })
    }

    @Test(.enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func theNumbersAreTheFiles() throws {
        let file = try ONNXModel.graph(contentsOf: TestData.path(modelFile))
        let built = try GoogLeNet().graph(weights: .constants(of: file))
        var generator = SeededGenerator(seed: 1)
        let picture = try Tensor(generator.floats(3 * 224 * 224).map { $0 * 128 }, shape: [1, 3, 224, 224])
        let expected = try file.output(picture)
        #expect(try built.output(picture) == expected)
        #expect(abs(expected.reduce(0, +) - 1) < 1e-5)
    }
}
