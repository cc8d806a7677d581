import Deeper
import DeeperTestSupport
import Testing

@Suite(
    "quantised GoogLeNet", .enabled(if: TestData.has(Models.quantizedGoogLeNets[0]), "\(TestData.absence)"),
    .enabled(if: TestTier.runsHeavyTests, "\(TestTier.absence)"))
struct QuantizedModelTests {
    @Test(
        "convolutions and the fully connected layer are computed on 8-bit numbers",
        arguments: Models.quantizedGoogLeNets)
    func isFolded(path: String) throws {
        let model = try Models.read(path)
        let engine = try Engine(model, options: EngineOptions(setsBLASThreads: true))
        let steps = try engine.profile(try model.seededInputs(batch: 1, seed: 1))
        let counts = Dictionary(grouping: steps, by: \.operatorName).mapValues(\.count)
        #expect(counts["QLinearConv"] == 57 && counts["QGemm"] == 1)
        #expect(counts["Conv"] == nil && counts["Gemm"] == nil)
        // Around the two local response normalisations and softmax.
        #expect(counts["DequantizeLinear", default: 0] <= 4)
    }
}
