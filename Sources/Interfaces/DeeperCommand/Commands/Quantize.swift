#if CommandLine
public import ArgumentParser
import Deeper
import DeeperBuiltinModel
import DeeperCommandSupport
import DeeperGraphs
public import DeeperQuantization
import DeeperTensors
import FoundationEssentials
import Glibc

struct Quantize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Quantise a trained network to 8 bits, using a few dozen pictures.",
        usage: "deeper quantize <model> --output <file> --calibrate <folder> [<options>]",
        discussion: """
            Convolutions, matrix products and the operators between them compute on uint8 activations, with one scale \
            for each tensor, and int8 weights, with one scale for each filter. The pictures of --calibrate determine \
            the ranges, and weights and biases are chosen so that the results for these pictures change as little as \
            possible. 50 to 100 pictures like those that the network will see are enough. Folders are read with all \
            folders below them. The result is an ordinary ONNX file (QuantizeLinear and DequantizeLinear around the \
            operators, opset 13 or later), which other engines read too, with labels and preprocessing: the model's \
            own or those of the options.

            With --agreement, every third picture is held back, and layers are left in float32 until the best class is \
            the same as in float32 for this share of the held-back pictures.
            """)

    @Argument(help: "An ONNX, TFLite or prototxt file, or a built-in network.")
    var model: String

    @Option(name: [.customShort("o"), .long], help: "The ONNX file to write.")
    var output: String

    @Option(help: "Pictures like those that the network will see: a folder, or a data set as for eval.")
    var calibrate: String

    @Option(help: "Largest number of pictures to calibrate with, spread evenly over all.")
    var pictures: Int = 256

    @Flag(help: "Calibrate with mirrored pictures too.")
    var mirror = false

    @Option(help: "How ranges are chosen: \(RangeMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
    var ranges: RangeMethod = .mse

    @Option(
        parsing: .upToNextOption, help: "Names of layers to leave in float32; * and ? are wildcards.")
    var keep: [String] = []

    @Option(help: "The share of held-back pictures for which the best class must stay the same, 0 to 1.")
    var agreement: Double?

    @Flag(inversion: .prefixedNo, help: "Even out the ranges of channels where possible.")
    var equalize = true

    @Flag(
        inversion: .prefixedNo,
        help: "Fit weights to the results of their layer, instead of rounding each weight by itself.")
    var fitWeights = true

    @Flag(inversion: .prefixedNo, help: "Correct biases for the mean error of quantisation.")
    var correctBias = true

    @Option(help: "Pictures on which to compare both networks: a folder, or a data set as for eval.")
    var evaluate: String?

    @Option(help: "Write the report as a picture (SVG).")
    var picture: String?

    @Option(help: "Rounds of timing; each round runs both networks.")
    var rounds: Int = 10

    @OptionGroup var classifier: ClassifierOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var layout: InputLayoutOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...100_000).contains(pictures), (1...1000).contains(rounds) else {
            throw ValidationError("--pictures must be 1 to 100000, --rounds 1 to 1000")
        }
        if let agreement, !(agreement > 0 && agreement <= 1) {
            throw ValidationError("--agreement must be above 0 and at most 1")
        }
    }

    func run() throws {
        for path in [output, picture].compactMap({ $0 }) { try checkFolder(of: path) }
        var model = try weights.model(self.model, for: .answers)
        layout.apply(to: &model)
        try classifier.apply(to: &model)
        // Metadata that cannot be written is found before the long work.
        _ = try model.writtenMetadata()
        let options = try engine.options()
        var quantizer = try locating(model.source) { try prepared(model, options) }
        let original = try engine.engine(model)
        var skipped = SkipReport()
        var comparison = try evaluate.map {
            try NetworkComparison(
                $0, classifier.pictures, reading, engine: original,
                isBuiltin: WeightOptions.builtinPrecision(self.model) != nil)
        }
        let (samples, heldBack) = try batches(original, &skipped)
        let progress = ProgressBar(total: 1)
        let keep = keep
        let (network, reached) = try locating(model.source) { () -> (QuantizedNetwork, QuantizationAgreement?) in
            try quantizer.calibrate(
                on: samples, keeping: { name in keep.contains { fnmatch($0, name, 0) == 0 } }, progress: progress.show)
            guard let agreement else { return (try quantizer.quantized(progress: progress.show), nil) }
            return try quantizer.quantized(agreeing: agreement, on: heldBack, progress: progress.show)
        }
        let result = Model(graph: network.graph, like: model)
        try result.write(to: output, producer: "deeper quantize")
        progress.show("measuring")
        let noise = try network.signalToNoise(on: heldBack.isEmpty ? samples : heldBack, engine: options)
        let quantized = try Engine(result, options: options)
        let times = try NetworkTiming(original, rounds: rounds).compare(quantized, layers: network.stepNames)
        progress.finish()
        if let agreement, let reached, reached.share < agreement {
            Console.warn(
                "warning: even with every layer in float32, only \(reached.same) of \(reached.count) held-back "
                    + "pictures keep their best class")
        }
        let agreed = try comparison?.compare(original, quantized)
        let report = QuantizationReport(
            model: self.model, output: output, ranges: ranges, samples: samples.count, network, noise, times,
            heldBack: reached, agreement: agreed, skipped: skipped.joined(comparison?.skipped ?? SkipReport()),
            bytes: try fileByteCount(output))
        try picture.map { try QuantizationPlot(report).write(to: $0) }
        try report.print(json)
    }

    private func prepared(_ model: Model, _ engine: EngineOptions) throws -> NetworkQuantizer {
        var options = QuantizationOptions()
        options.ranges = ranges
        options.equalizes = equalize
        options.fitsWeights = fitWeights
        options.correctsBias = correctBias
        let quantizer = try NetworkQuantizer(model.graph, options: options, engine: engine)
        for pattern in keep where !quantizer.nodeNames.contains(where: { fnmatch(pattern, $0, 0) == 0 }) {
            throw DeeperError(
                .invalidInput,
                "--keep \(pattern) matches no node; the layers are \(quantizer.layerNames.joined(separator: ", "))")
        }
        return quantizer
    }

    /// The inputs to calibrate with, and those to judge the result with.
    private func batches(
        _ engine: Engine, _ skipped: inout SkipReport
    ) throws -> (samples: [[String: Tensor]], heldBack: [[String: Tensor]]) {
        let all = try engine.batches(
            of: calibrate, classifier.pictures, reading, size: 1, limit: pictures, mirrors: mirror, skipped: &skipped)
        guard agreement != nil else { return (all, []) }
        // A picture and its mirror image stay together.
        let step = mirror ? 2 : 1
        let isHeldBack = { (index: Int) in index / step % 3 == 2 }
        let heldBack = all.indices.filter(isHeldBack).map { all[$0] }
        guard !heldBack.isEmpty else {
            throw DeeperError(.invalidInput, "--agreement needs at least 3 pictures; there are \(all.count / step)")
                .within(calibrate)
        }
        return (all.indices.filter { !isHeldBack($0) }.map { all[$0] }, heldBack)
    }
}

extension RangeMethod: ExpressibleByArgument {}
#endif
