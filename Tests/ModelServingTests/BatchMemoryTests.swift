#if Server
import Deeper
import DeeperTensors
import Metrics
import Testing

@testable import DeeperModelServing

/// Models that load although not all batches fit into the working memory.
struct BatchMemoryTests {
    @Test(
        "the largest batch is what fits",
        arguments: [(1, "two rows"), (2, "more than 2 rows"), (4, "more than 4 rows")])
    func loads(rows: Int, note: String) throws {
        let model = try inceptionModule()
        let plan = try Engine(model, options: EngineOptions(threads: 1)).plan(for: model.seededInputs(batch: rows))
        let pool = try EnginePool(
            threads: 1, concurrentCalls: 1, workingMemoryBytes: plan.memoryByteCount(workers: 1) * 5 / 4)
        let served = try ServedModel(
            ModelSource(name: "m", path: "m", maxBatch: 8), version: "1", model: model, options: EngineOptions(),
            pool: pool, metrics: NOOPMetricsHandler.instance)
        #expect(served.maxBatch == rows && served.preferredBatch <= rows)
        #expect(served.notes.contains { $0.contains(note) }, "\(served.notes)")
    }
}
#endif
