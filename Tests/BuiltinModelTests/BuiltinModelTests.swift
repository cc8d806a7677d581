import Deeper
import DeeperBuiltinModel
import DeeperImaging
import DeeperTensors
import DeeperTestSupport
import Testing

@Suite("the model that comes with deeper")
struct BuiltinModelTests {
    @Test("a class for every output, probabilities that add up to 1", arguments: BuiltinModel.Precision.allCases)
    func outputs(precision: BuiltinModel.Precision) throws {
        let engine = try Engine(BuiltinModel.model(precision), options: EngineOptions(threads: 1))
        var generator = SeededGenerator(seed: 4)
        let picture = try Picture(
            width: 90, height: 61,
            pixels: (0..<3 * 90 * 61).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
        let answer = try engine.classifyBlocking(
            batch: [picture], preprocessing: BuiltinModel.preprocessing, labels: BuiltinModel.classNames, top: 100)[0]
        #expect(Set(answer.compactMap(\.label)) == Set(BuiltinModel.classNames))
        #expect(abs(answer.reduce(0) { $0 + $1.score } - 1) < 1e-5)
    }

    @Test(
        "at least 85 % of CIFAR-10's 1000 lossless test pictures, and 0.3 points less in int8",
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)),
        .enabled(if: TestData.has("cifar10"), "\(TestData.absence)"))
    func accuracy() throws {
        let pictures = try CIFAR10Binary(contentsOf: [TestData.path("cifar10/test_batch_lossless_1000.bin")])
        #expect(pictures.classNames == BuiltinModel.classNames)
        func correct(_ precision: BuiltinModel.Precision) throws -> Int {
            let engine = try Engine(BuiltinModel.model(precision), options: EngineOptions(threads: 2))
            return try stride(from: 0, to: pictures.count, by: 100).reduce(0) { sum, first in
                let batch = try (first..<first + 100).map { try pictures.picture(at: $0) }
                let answers = try engine.classifyBlocking(
                    batch: batch.map(\.picture), preprocessing: BuiltinModel.preprocessing, top: 1)
                return sum + zip(batch, answers).filter { $0.label == $1[0].index }.count
            }
        }
        let original = try correct(.float32)
        #expect(original >= 850)
        #expect(try correct(.int8) >= original - 3)
    }
}
