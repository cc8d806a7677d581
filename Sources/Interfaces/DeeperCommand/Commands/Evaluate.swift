#if CommandLine
import ArgumentParser
import Deeper
import DeeperBuiltinModel
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors
import FoundationEssentials

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure top-1 and top-5 accuracy on labelled pictures.",
        discussion: """
            The data set is cifar10:FILE[,FILE...] (CIFAR-10's binary batches), idx:IMAGES,LABELS (MNIST's format, \
            gzip allowed) or folder:DIR with the files DIR/CLASS/.../FILE, whose names end in \(PictureEndings.text). \
            Classes that have names are matched with the labels of the model's outputs. Without labels there must be \
            as many classes as outputs, and both are matched by their order. Files that are left out are listed on \
            standard error. Without MODEL, the model that comes with deeper is measured.
            """)

    @Argument(help: "An ONNX file, a built-in network with --weights, builtin, or builtin-int8.")
    var model: String = WeightOptions.builtin

    @Option(help: "cifar10:FILE, idx:IMAGES,LABELS or folder:DIR.")
    var dataset: String

    @Option(
        help: """
            Names of the model's outputs, one per line in their order (default: the model's own). A class matches a \
            line, its WordNet number or one of its names, which are separated by commas.
            """)
    var labels: String?

    @OptionGroup var pictures: PictureOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var layout: InputLayoutOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Option(help: "Pictures in one run, unless the model fixes their number.")
    var batch: Int = 16

    @Option(help: "Use only the first N pictures.")
    var limit: Int?

    @Option(help: "Write the confusion matrix as a picture (SVG).")
    var confusion: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...4096).contains(batch), limit ?? 1 > 0 else {
            throw ValidationError("--batch must be 1 to 4096 and --limit at least 1")
        }
    }

    func run() throws {
        let source = try Dataset(dataset, orientation: reading.orientation)
        let isBuiltin = WeightOptions.builtinPrecision(model) != nil
        var network = try weights.model(model, for: .answers)
        layout.apply(to: &network)
        let engine = try engine.engine(network)
        let settings = try source.settings(of: engine.model, pictures, labels: labels)
        let names = settings.labels
        var evaluation = Evaluation(engine, settings.preprocessing, source, batch: batch, limit: limit) { outputCount in
            try source.matching(labels: names, isBuiltin: isBuiltin, outputCount: outputCount)
        }
        try evaluation.run()
        let score = evaluation.score
        if let confusion {
            // Without labels the order of the classes is that of the outputs.
            let names = names ?? source.pictures.classNames ?? []
            try ConfusionMatrix(
                counts: score.confusion,
                names: score.outputs.map { $0 < names.count ? names[$0] : String($0) }, title: "\(model) on \(dataset)"
            ).write(to: confusion)
        }
        let skipped = evaluation.skipped
        if json {
            return try Console.printJSON(
                Report(
                    model: model, dataset: dataset, count: score.count, skipped: skipped.files.count,
                    skippedFiles: skipped.entries, top1: score.top1, top5: score.top5))
        }
        Console.print(
            "\(score.count) pictures: top-1 \(fixed(score.top1 * 100, 2)) %, top-5 \(fixed(score.top5 * 100, 2)) %"
                + (skipped.summary.map { "; \($0)" } ?? ""))
    }

    private struct Report: Encodable {
        let model: String
        let dataset: String
        let count: Int
        let skipped: Int
        let skippedFiles: [SkipReport.Entry]
        let top1: Double
        let top5: Double

        enum CodingKeys: String, CodingKey {
            case model, dataset, count, skipped, top1, top5
            case skippedFiles = "skipped_files"
        }
    }
}
#endif
