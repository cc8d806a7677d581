#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperTensors
import DeeperTraining

/// Times training steps of a network on random pictures: forward, backward, update.
struct TrainingTiming {
    let model: Model
    let batch: Int
    let options: EngineOptions
    let iterations: Int
    let seconds: Double?
    let warmup: Int
    let profiles: Bool
    let isJSON: Bool

    func run(name: String) throws {
        var settings = TrainingOptions(batch: batch, threads: options.threads)
        settings.memoryLimitBytes = options.memoryLimitBytes
        if let set = options.instructionSet { settings.instructionSet = set }
        let trainer = try Trainer(model.graph, options: settings)
        var generator = SeededGenerator(seed: 1)
        let shape = trainer.pictureShape
        let count = batch * shape.elementCount
        let pictures = try Tensor(
            (0..<count).map { _ in Float(Int32(truncatingIfNeeded: generator.next())) * 0x1p-31 },
            shape: try Shape(validating: [batch, shape[1], shape[2], shape[0]]))
        let labels = try Tensor(
            (0..<batch).map { _ in Int32(truncatingIfNeeded: generator.next() % UInt64(trainer.classCount)) },
            shape: [batch])
        func step() throws { _ = try trainer.step(pictures: pictures, labels: labels, rate: 1e-4) }
        for _ in 0..<warmup { try step() }
        var times: [Double] = []
        let end = ContinuousClock.now + .seconds(seconds ?? 0)
        while seconds == nil ? times.count < iterations : times.count < 3 || ContinuousClock.now < end {
            let start = ContinuousClock.now
            try step()
            times.append(milliseconds(ContinuousClock.now - start) / Double(batch))
        }
        times.sort()
        let steps = profiles ? try profile(trainer, pictures, labels) : nil
        let report = Report(
            model: name, batch: batch, threads: options.threads, iterations: times.count, minimum: times[0],
            median: quantile(times, 0.5), p90: quantile(times, 0.9), macs: trainer.macCount / batch,
            gflops: Double(trainer.macCount) / Double(batch) * 2 / quantile(times, 0.5) / 1e6,
            parameters: trainer.parameters.trainedCount, peakBytes: peakMemoryBytes(), steps: steps)
        if isJSON { return try Console.printJSON(report) }
        Console.print(
            """
            \(name): training, batch \(batch), \(options.threads) threads, \(times.count) steps
            min \(fixed(report.minimum, 3))  median \(fixed(report.median, 3))  p90 \(fixed(report.p90, 3)) ms per image
            \(fixed(report.gflops, 1)) GFLOP/s of \(report.macs.grouped) MACs per image, \(report.parameters.grouped) weights trained
            peak memory \(report.peakBytes.bytes)
            """)
        guard let steps else { return }
        var table = TextTable("node", "work", ">ms per image", ">%")
        let total = steps.reduce(0) { $0 + $1.milliseconds }
        for step in steps {
            table.add(
                step.name, step.work, fixed(step.milliseconds, 3), fixed(step.milliseconds / total * 100, 1))
        }
        table.add("total", "", fixed(total, 3), "")
        Console.print(table.text)
    }

    private func profile(_ trainer: Trainer, _ pictures: Tensor, _ labels: Tensor) throws -> [Step] {
        let runs = try (0..<5).map { _ in try trainer.profile(pictures: pictures, labels: labels) }
        return runs[0].indices.map { index in
            let times = runs.map { Double($0[index].nanoseconds) / 1e6 / Double(batch) }.sorted()
            return Step(name: runs[0][index].name, work: runs[0][index].work, milliseconds: times[2])
        }
    }

    private struct Step: Encodable {
        let name: String
        let work: String
        let milliseconds: Double
    }

    private struct Report: Encodable {
        let model: String
        let batch: Int
        let threads: Int
        let iterations: Int
        let minimum: Double
        let median: Double
        let p90: Double
        let macs: Int
        let gflops: Double
        let parameters: Int
        let peakBytes: Int
        let steps: [Step]?

        enum CodingKeys: String, CodingKey {
            case model, batch, threads, iterations, gflops, parameters, steps
            case macs = "macs_per_image"
            case minimum = "min_ms_per_image"
            case median = "median_ms_per_image"
            case p90 = "p90_ms_per_image"
            case peakBytes = "peak_rss_bytes"
        }
    }
}
#endif
