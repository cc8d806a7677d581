#if CommandLine
import ArgumentParser
import Deeper
import DeeperCommandSupport
import DeeperExecution
import DeeperTensors
import FoundationEssentials

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time a model.",
        discussion: """
            Warms up, then times whole runs. GFLOP/s are those of the median run, with 2 FLOPs per MAC.

            A profile compares every step that only moves or combines its operands (element-wise, reductions, softmax, \
            normalisation, pooling, resize, layout ...) with a copy that moves as many bytes on the same threads: \
            "x copy" is the shortest time of the step divided by the shortest time of the copy. Steps that multiply \
            (convolutions, matrix products, attention ...) and steps shorter than \
            \(fixed(StepCost.leastJudgedMilliseconds, 3)) ms have no such value.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(help: "Threads that call the engine at the same time, each with --threads workers.")
    var callers: Int = 1

    @Option(help: "Timed runs per caller.")
    var iterations: Int = 50

    @Option(help: "Seconds to spend on timed runs, instead of --iterations; at least 3 runs.")
    var seconds: Double?

    @Option(help: "Runs before the first timed one.")
    var warmup: Int = 5

    @Option(name: .customLong("input"), help: "NAME=FILE for each input (default: seeded random numbers).")
    var inputs: [String] = []

    @OptionGroup var shape: ShapeOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Also time every step, and a copy to compare it with.")
    var profile = false

    @Flag(
        help:
            """
            Also name the steps that lose most time, compared with \(fixed(StepCost.largestRatio, 1)) times their copy \
            or with the peak; implies --profile.
            """
    )
    var why = false

    @Flag(help: "Time training steps instead: forward, backward and update, with a loss on every output.")
    var train = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard iterations > 0, warmup >= 0, (seconds ?? 1) > 0, (seconds ?? 1) <= 86_400 else {
            throw ValidationError(
                "--iterations must be at least 1, --warmup at least 0, --seconds above 0 and at most 86400")
        }
        guard (1...256).contains(callers) else { throw ValidationError("--callers must be 1 to 256") }
        guard inputs.isEmpty || shape.isDefault else { throw ShapeOptions.conflictWithInputs }
        guard !train || !why else { throw ValidationError("--why explains runs of inference; leave out --train") }
        guard !train || inputs.isEmpty && callers == 1 && shape.size == nil && shape.input.shapes.isEmpty else {
            throw ValidationError(
                "--train times steps on the shape of the network; leave out --input, --callers, --size and --shape")
        }
    }

    func run() throws {
        if train {
            return try TrainingTiming(
                model: try weights.model(model, for: .measurements), batch: shape.batch, options: try engine.options(),
                iterations: iterations, seconds: seconds, warmup: warmup, profiles: profile, isJSON: json
            ).run(name: model)
        }
        var loading = ContinuousClock.now
        let engine = try engine.engine(try weights.model(model, for: .measurements), callers: callers)
        let loaded = ContinuousClock.now
        let tensors =
            inputs.isEmpty ? try shape.inputs(of: engine.model) : try readInputs(inputs)
        // Preparing the inputs does not count as time of the engine.
        loading += ContinuousClock.now - loaded
        let leading = engine.model.inputs.first.flatMap { tensors[$0.name]?.shape.dimensions.first }
        let images = inputs.isEmpty ? shape.batch : max(1, leading ?? 1)
        let plan = try engine.plan(for: tensors)
        _ = try engine.runBlocking(tensors)
        let loadTime = milliseconds(ContinuousClock.now - loading)
        let start = ContinuousClock.now
        let times = try Callers(count: callers).time(
            engine, tensors, warmup: warmup, iterations: iterations, seconds: seconds
        ).map { $0 / Double(images) }.sorted()
        let elapsed = milliseconds(ContinuousClock.now - start) / 1000
        let median = quantile(times, 0.5)
        let peakBytes = peakMemoryBytes()
        let steps = profile || why ? try StepProfile(engine, tensors, runs: max(1, min(iterations, 200))) : nil
        let report = Report(
            model: model, batch: images, threads: engine.options.threads, callers: callers, iterations: times.count,
            minimum: times[0], median: median, p90: quantile(times, 0.9),
            load: loadTime, throughput: Double((times.count + warmup * callers) * images) / elapsed,
            gflops: Double(plan.macCount) / Double(images) * 2 / median / 1e6,
            peakBytes: peakBytes,
            steps: steps?.rows)
        if json { return try Console.printJSON(report) }
        Console.print(
            """
            \(model): batch \(images), \(report.threads) threads, \(times.count) runs
            min \(fixed(report.minimum, 3))  median \(fixed(median, 3))  p90 \(fixed(report.p90, 3)) ms per image
            \(fixed(report.throughput, 1)) images/s from \(callers == 1 ? "1 caller" : "\(callers) callers"), \(fixed(report.gflops, 1)) GFLOP/s per call
            first result \(fixed(loadTime, 1)) ms after loading began, peak memory \(report.peakBytes.bytes)
            """)
        guard let steps else { return }
        Console.print(steps.table)
        if why { Console.print(steps.explanation(engine.options)) }
    }

    private struct Report: Encodable {
        let model: String
        let batch: Int
        let threads: Int
        let callers: Int
        let iterations: Int
        let minimum: Double
        let median: Double
        let p90: Double
        let load: Double
        let throughput: Double
        let gflops: Double
        let peakBytes: Int
        let steps: [StepProfile.Row]?

        enum CodingKeys: String, CodingKey {
            case model, batch, threads, callers, iterations, gflops, steps
            case throughput = "images_per_second"
            case minimum = "min_ms_per_image"
            case median = "median_ms_per_image"
            case p90 = "p90_ms_per_image"
            case load = "load_to_first_result_ms"
            case peakBytes = "peak_rss_bytes"
        }
    }
}

/// The value below which a share of sorted values lies, interpolated between neighbours.
func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let position = share * Double(sorted.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
}

/// The peak of this process's resident memory in bytes. Not taken from getrusage, which starts at the parent's value.
func peakMemoryBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 } ?? 0
}
#endif
