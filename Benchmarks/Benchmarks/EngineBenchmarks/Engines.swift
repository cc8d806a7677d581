import Benchmark
import Deeper
import DeeperZoo

/// Registers a benchmark of whole runs on one image; weights are seeded, since arithmetic does not depend on them.
private func register(_ name: String, threads: Int, _ graph: @escaping @Sendable () throws -> Graph) {
    Benchmark(name) { benchmark in
        let model = Model(graph: try graph())
        let engine = try Engine(model, options: EngineOptions(threads: threads, setsBLASThreads: true))
        let inputs = try model.seededInputs()
        // The first run prepares the plan.
        blackHole(try engine.runBlocking(inputs))
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try engine.runBlocking(inputs)) }
        benchmark.stopMeasurement()
    }
}

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput, .peakMemoryResident], maxDuration: .seconds(5))

    for threads in [1, 2] {
        register("GoogLeNet, \(threads) threads", threads: threads) {
            try ModelZoo.graph(named: "googlenet", weights: .seeded(1))
        }
    }
    for form in [InceptionForm.reduced, .naive] {
        register("Inception 3a, \(form), 1 thread", threads: 1) {
            let module = InceptionModule(
                name: "inception_3a", filters: .inception3a, form: form, inputChannels: 192, height: 28, width: 28)
            return try module.graph(weights: .seeded(1))
        }
    }
}
