import Deeper
import DeeperTensors
import DeeperTestSupport
import Testing

/// The promise that an answer depends on its input alone.
struct SameBitsTests {
    /// Runs a batch of 16 and everything that must give the same bits.
    private func check(
        _ model: Model, options: EngineOptions = .init(), threads: [Int] = [1, 2, 3, 8], batches: [Int] = [1, 2, 5, 16]
    ) throws {
        let name = model.inputs[0].name
        let output = model.outputNames[0]
        let batch = try #require(try model.seededInputs(batch: 16, seed: 11)[name])
        let images = try (0..<16).map { try Models.image($0, of: batch) }
        var expected: [[UInt32]] = []
        for threads in threads {
            var own = options
            own.threads = threads
            own.concurrentCalls = 1
            let engine = try Engine(model, options: own)
            if expected.isEmpty {
                expected = try images.map { try bits(try #require(try engine.runBlocking([name: $0])[output])) }
            }
            for count in batches {
                let part = try stack(Array(images.prefix(count)))
                let answer = try #require(try engine.runBlocking([name: part])[output])
                #expect(
                    try bits(answer) == Array(expected.prefix(count).joined()), "threads \(threads), batch \(count)")
            }
        }
    }

    private func stack(_ images: [Tensor]) throws -> Tensor {
        let values = try images.flatMap { try $0.elements(as: Float.self) }
        return try Tensor(values, shape: Shape([images.count] + images[0].shape.dimensions.dropFirst()))
    }

    @Test("an Inception module gives the same bits for 1, 2, 3, 8 threads and batches of 1, 2, 5, 16")
    func inception() throws { try check(try Models.inception()) }

    @Test("the same with every instruction set and raw", arguments: InstructionSet.available, [true, false])
    func variants(set: InstructionSet, isOptimized: Bool) throws {
        let options = EngineOptions(instructionSet: set, optimizesGraph: isOptimized)
        if TestTier.runsHeavyTests {
            try check(try Models.inception(), options: options)
        } else {
            try check(try Models.inception(), options: options, threads: [1, 3], batches: [2, 5])
        }
    }

    @Test(
        "real networks give the same bits for 1, 2, 3, 8 threads and batches of 1, 2, 5, 16",
        .enabled(if: TestData.has(Models.googLeNet), Comment(rawValue: TestData.absence)),
        .enabled(if: TestTier.runsHeavyTests, Comment(rawValue: TestTier.absence)),
        arguments: [Models.googLeNet, Models.squeezeNet, Models.mobileNet] + Models.quantizedGoogLeNets)
    func networks(path: String) throws { try check(try Models.read(path)) }
}
