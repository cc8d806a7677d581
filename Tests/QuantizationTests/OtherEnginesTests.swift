import Deeper
import DeeperGraphs
import DeeperImport
import DeeperTensors
import DeeperTestSupport
import Testing

@testable import DeeperQuantization

@Suite("quantised networks as files") struct OtherEnginesTests {
    @Test(
        "ONNX Runtime opens the file and gives the same answers",
        .enabled(if: PythonReference.has(module: "onnxruntime"), "\(PythonReference.absence)"))
    func onnxRuntime() throws {
        let graph = try SmallNetworks.joined()
        var quantizer = try NetworkQuantizer(graph, options: QuantizationOptions(), engine: EngineOptions())
        try quantizer.calibrate(on: SmallNetworks.inputs(16))
        let network = try quantizer.quantized(keeping: ["three"])
        let input = try SmallNetworks.inputs(1, seed: 7)[0]
        try withTemporaryFolder { folder in
            let (model, source, target) = (folder + "/q.onnx", folder + "/x.npy", folder + "/y.npy")
            try ONNXModel.write(network.graph, to: model)
            try NPYFile.write(try #require(input["x"]), to: source)
            #expect(try PythonReference.run(script: "run_model.py", [model, source, target]) == 0)
            let theirs = try NPYFile.read(path: target).elements(as: Float.self)
            // Read back, so that nothing is tested that the file does not say.
            let own = try SmallNetworks.answers(ONNXModel.graph(contentsOf: model), [input])[0]
            #expect(own == (try SmallNetworks.answers(network.graph, [input])[0]))
            #expect(
                own.count == theirs.count && zip(own, theirs).allSatisfy { abs($0 - $1) < 0.005 }, "\(own) \(theirs)")
        }
    }

    @Test(
        "a network of opset 8 is quantised, and keeps its answers",
        .enabled(if: TestData.has("models/mnist-8.onnx"), "\(TestData.absence)"),
        .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
    func oldOpset() throws {
        let graph = try ONNXModel.graph(contentsOf: TestData.path("models/mnist-8.onnx"))
        var generator = SeededGenerator(seed: 1)
        let name = try #require(Model(graph: graph).inputs.first?.name)
        // Strokes on black.
        let inputs = try (0..<32).map { _ in
            let (column, row) = (Int(generator.next() % 16) + 6, Int(generator.next() % 16) + 6)
            let values = (0..<784).map { place in
                abs(place % 28 - column) < 2 || abs(place / 28 - row) < 2 ? Float(200 + generator.next() % 56) : 0
            }
            return [name: try Tensor(values, shape: [1, 1, 28, 28])]
        }
        var quantizer = try NetworkQuantizer(graph, options: QuantizationOptions(), engine: EngineOptions())
        try quantizer.calibrate(on: Array(inputs.prefix(16)))
        let network = try quantizer.quantized()
        #expect(network.layers.count == 3 && network.layers.allSatisfy { $0.isQuantized })
        #expect(network.graph.nodes.allSatisfy { ($0.form?.opset ?? 0) >= 13 })
        let (wanted, own) = (
            try SmallNetworks.answers(graph, Array(inputs.suffix(16))),
            try SmallNetworks.answers(network.graph, Array(inputs.suffix(16)))
        )
        #expect(SmallNetworks.difference(wanted, own) < 0.05)
    }
}
