import CDeeperTestSupport
import Deeper
import DeeperExecution
import DeeperGraphs
import DeeperKernels
import DeeperTensors
import DeeperTestSupport
import Testing

/// Nothing is allocated while a plan runs, neither by the caller nor by the workers.
@Suite(.serialized)
struct AllocationTests {
    #if DEBUG
    private static let isOptimized = false
    #else
    private static let isOptimized = true
    #endif

    @Test(
        "repeated runs of a prepared plan allocate nothing, on 1 and 3 threads",
        .enabled(if: cts_counts_allocations() != 0, "a sanitizer has its own allocator"),
        .enabled(if: isOptimized, "an unoptimised build puts closures on the heap"), arguments: [1, 3])
    func run(threads: Int) throws {
        let model = try Models.inception()
        // OpenBLAS with several threads a call allocates its own bookkeeping.
        let engine = try Engine(model, options: .init(threads: threads, setsBLASThreads: true))
        let inputs = try model.seededInputs()
        let plan = try engine.plan(for: inputs)
        let lane = Lane(threads: threads, contexts: 1)
        let tensors = plan.inputs.compactMap { inputs[$0.name] }
        var outputs = try plan.outputs.map { try Tensor($0.type.elementType, shape: $0.type.shape) }
        var unused: [UInt64] = []
        // The first run makes the context and starts the threads; OpenBLAS reserves its buffers.
        for _ in 0..<3 { try lane.run(plan, inputs: tensors, outputs: &outputs, stop: {}, nanoseconds: &unused) }
        // Workers of other tests may be starting at the same time, so one quiet stretch of several must be found.
        var fewest = UInt64.max
        cts_count_this_thread(1)
        defer { cts_count_this_thread(0) }
        for _ in 0..<200 where fewest > 0 {
            let before = cts_allocation_count()
            try lane.run(plan, inputs: tensors, outputs: &outputs, stop: {}, nanoseconds: &unused)
            fewest = min(fewest, cts_allocation_count() - before)
        }
        #expect(fewest == 0)
    }

    @Test("the counter counts", .enabled(if: cts_counts_allocations() != 0, "a sanitizer has its own allocator"))
    func counter() throws {
        cts_count_this_thread(1)
        defer { cts_count_this_thread(0) }
        let before = cts_allocation_count()
        _ = try Tensor(.float32, shape: [100])
        #expect(cts_allocation_count() > before)
    }
}
