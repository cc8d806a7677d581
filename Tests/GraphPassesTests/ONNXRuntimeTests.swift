import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Foundation
import Testing

/// Random networks against an independent engine.
@Suite("random networks agree with ONNX Runtime") struct ONNXRuntimeTests {
    /// `make check-random-networks` asks for more.
    private static let count =
        ProcessInfo.processInfo.environment["DEEPER_RANDOM_NETWORKS"].flatMap { Int($0) }
        ?? (TestTier.runsHeavyTests ? 150 : 25)

    @Test(
        "raw and simplified, in memory full of NaN",
        .enabled(if: PythonReference.has(module: "onnxruntime"), "\(PythonReference.absence)"))
    func agree() throws {
        try withTemporaryFolder { folder in
            // Tests/Python/same_bits.py compares two builds on networks that were kept.
            let folder = ProcessInfo.processInfo.environment["DEEPER_KEEP_NETWORKS"] ?? folder
            for seed in 1...UInt64(max(1, ONNXRuntimeTests.count)) {
                try write(try RandomNetwork.make(seed: seed), to: "\(folder)/\(seed)")
            }
            #expect(try PythonReference.run(script: "random_networks.py", [folder]) == 0)
        }
    }

    private func write(_ net: Net, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        // In ONNX, an output that is an input or a repeated value only gets a name of its own through a node.
        let graph = try net.graph.withOutputsOfItsOwn()
        try ONNXModel.write(graph, to: folder + "/model.onnx")
        for (index, input) in graph.inputs.enumerated() {
            let tensor = try #require(net.inputs[graph.name(of: input.value)])
            try NPYFile.write(tensor, to: "\(folder)/input_\(index).npy")
        }
        for (form, optimizes) in [("raw", false), ("simplified", true)] {
            for (index, tensor) in try net.run(net.graph, optimizes: optimizes).enumerated() {
                try NPYFile.write(tensor, to: "\(folder)/\(form)_\(index).npy")
            }
        }
    }
}

extension Graph {
    /// The graph with an Identity before every output that is an input or a constant.
    fileprivate func withOutputsOfItsOwn() throws -> Graph {
        var result = self
        let made = Set(nodes.flatMap { $0.outputs.compactMap { $0 } })
        for (index, output) in outputs.enumerated() where !made.contains(output) {
            let copy = result.makeValue("output \(index)")
            let operation = try OperatorCatalog.make(
                "Identity", node: "output \(index)", opset: 13, attributes: [:], inputCount: 1, outputCount: 1)
            result.nodes.append(
                Node(
                    name: "output \(index)", operation: operation, inputs: [output], outputs: [copy],
                    form: NodeForm(opset: 13, attributes: [:])))
            result.outputs[index] = copy
        }
        return result
    }
}
