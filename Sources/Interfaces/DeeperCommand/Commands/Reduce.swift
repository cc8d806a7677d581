#if CommandLine
public import ArgumentParser
import Deeper
import DeeperBuiltinModel
import DeeperCommandSupport
import DeeperGraphs
public import DeeperReduction
import DeeperTensors
import FoundationEssentials
import Glibc

struct Reduce: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reduce",
        abstract: "Factorise a network's convolutions into cheaper ones by linear algebra, without training.",
        discussion: """
            svd: 1x1, then k x k. spatial: k x 1, then 1 x k. tucker2: 1x1, k x k, 1x1. With --macs and --latency the \
            ranks of all layers are chosen together. With --calibrate the factors preserve the outputs for these \
            pictures instead of the weights; a few dozen pictures help a lot. Folders are read with all folders below \
            them. The result is an ordinary ONNX file, with labels and preprocessing: the model's own or those of the \
            options.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The ONNX file to write.")
    var output: String

    @Option(
        parsing: .upToNextOption,
        help: "Names of layers to factorise, with * and ? (default: every k x k convolution of 8 or more channels).")
    var layers: [String] = []

    @Option(help: "Method: \(ReductionMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
    var method: ReductionMethod = .spatial

    @Option(help: "The same rank for all layers.")
    var rank: Int?

    @Option(help: "The share of the energy that every layer keeps, 0 to 1.")
    var energy: Double?

    @Option(help: "The share of the layers' MACs that remains, 0 to 1.")
    var macs: Double?

    @Option(help: "Milliseconds per image that the whole network may take, measured with the engine options below.")
    var latency: Double?

    @Option(help: "A folder of pictures like those that the network will see.")
    var calibrate: String?

    @Flag(help: "Calibrate with mirrored pictures too.")
    var mirror = false

    @Option(help: "Pictures on which to compare both networks: a folder, or a data set as for eval.")
    var evaluate: String?

    @Option(help: "Alternating rounds of timing.")
    var rounds: Int = 10

    @OptionGroup var classifier: ClassifierOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var layout: InputLayoutOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard [rank != nil, energy != nil, macs != nil, latency != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("exactly one of --rank, --energy, --macs and --latency is needed")
        }
        guard rank ?? 1 >= 1, latency ?? 1 > 0, (1...1000).contains(rounds) else {
            throw ValidationError("--rank must be at least 1, --latency above 0, --rounds 1 to 1000")
        }
        for (name, share) in [("--energy", energy), ("--macs", macs)] {
            guard let share else { continue }
            guard share > 0, share <= 1 else { throw ValidationError("\(name) must be above 0 and at most 1") }
        }
    }

    func run() throws {
        try checkFolder(of: output)
        var model = try weights.model(self.model, for: .answers)
        if calibrate != nil || evaluate != nil { layout.apply(to: &model) }
        try classifier.apply(to: &model)
        // Metadata that cannot be written is found before the long work.
        _ = try model.writtenMetadata()
        let choice: ((String) -> Bool)? = layers.isEmpty ? nil : { isChosen($0) }
        let reducer = try locating(model.source) {
            try NetworkReducer(model.graph, method: method, choosing: choice)
        }
        let options = try engine.options()
        let original = try engine.engine(model)
        var skipped = SkipReport()
        let calibration = try self.calibration(original, &skipped)
        var comparison = try evaluate.map {
            try NetworkComparison($0, classifier.pictures, reading, engine: original, isBuiltin: isBuiltin)
        }
        let timing = try NetworkTiming(original, rounds: rounds)
        let target = try self.target(reducer, timing, options)
        var progress = ProgressBar(total: 2 * reducer.layers.count)
        var steps = 0
        let reduced = try locating(model.source) {
            try reducer.reduce(to: target, calibration: calibration) { _, note in
                progress.update(steps, note)
                steps += 1
            }
        }
        progress.finish()
        let network = Model(graph: reduced.graph, like: model)
        try network.write(to: output, producer: "deeper reduce")
        let result = try Engine(network, options: options)
        let errors = try reduced.outputErrors(
            against: model.graph, on: calibration?.batches ?? [model.seededInputs()], options: options)
        let times = try timing.compare(result, layers: reduced.stepNames)
        if let latency, case let reached = times.medianAfter, reached > latency {
            Console.warn("warning: the network takes \(fixed(reached, 2)) ms, not \(fixed(latency, 2))")
        }
        let agreement = try comparison?.compare(original, result)
        let report = ReductionReport(
            model: self.model, output: output, method: method, calibrated: calibrate != nil, reduced, errors, times,
            agreement: agreement, skipped: skipped.joined(comparison?.skipped ?? SkipReport()),
            bytes: try fileByteCount(output))
        try report.print(json)
    }

    private var isBuiltin: Bool { WeightOptions.builtinPrecision(model) != nil }

    private func calibration(_ engine: Engine, _ skipped: inout SkipReport) throws -> Calibration? {
        guard let calibrate else { return nil }
        let batches = try engine.batches(
            of: calibrate, classifier.pictures, reading, mirrors: mirror, skipped: &skipped)
        let options = EngineOptions(threads: engine.options.threads, setsBLASThreads: true)
        return try Calibration(batches: batches, options: options)
    }

    /// Whether a pattern of --layers matches the name, with the wildcards of a shell.
    private func isChosen(_ name: String) -> Bool { layers.contains { fnmatch($0, name, 0) == 0 } }

    private func target(
        _ reducer: NetworkReducer, _ timing: NetworkTiming, _ options: EngineOptions
    ) throws -> ReductionTarget {
        if let rank { return .rank(rank) }
        if let energy { return .energy(energy) }
        if let macs { return .macs(macs) }
        return .macs(try timing.share(reaching: latency ?? 0, of: reducer, options: options))
    }
}

extension ReductionMethod: ExpressibleByArgument {}
#endif
