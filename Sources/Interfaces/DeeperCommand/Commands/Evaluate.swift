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

            --crops and --ensemble follow the protocol of GoogLeNet's paper: a table has the errors of one model and of \
            all models, for each number of crops.
            """)

    @Argument(
        help: ArgumentHelp(
            "An ONNX file, a built-in network with --weights, builtin, or builtin-int8 (default: builtin).",
            valueName: "model"))
    var givenModel: String?

    private var model: String { givenModel ?? WeightOptions.builtin }

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

    @OptionGroup(title: "Crops and ensembles")
    var crops: CropOptions

    @Option(
        help: """
            Write the N worst mistakes as a sheet of pictures (--error-sheet), and print the classes with the most \
            mistakes.
            """)
    var errors: Int?

    @Option(help: "The file of --errors (SVG).")
    var errorSheet = "errors.svg"

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(errors ?? 1) else { throw ValidationError("--errors must be 1 to 10000") }
        guard (1...4096).contains(batch), limit ?? 1 > 0 else {
            throw ValidationError("--batch must be 1 to 4096 and --limit at least 1")
        }
    }

    func run() throws {
        let source = try Dataset(dataset, orientation: reading.orientation)
        if crops.isUsed || errors != nil { return try runCrops(source) }
        let (member, labels) = try member(model, of: source)
        let isBuiltin = WeightOptions.builtinPrecision(model) != nil
        var evaluation = Evaluation(member.engine, member.preprocessing, source, batch: batch, limit: limit) {
            try source.matching(labels: labels, isBuiltin: isBuiltin, outputCount: $0)
        }
        try evaluation.run()
        try writeConfusion(evaluation.score, names: labels ?? source.pictures.classNames)
        let (score, skipped) = (evaluation.score, evaluation.skipped)
        if json {
            return try Console.printJSON(
                Report(
                    model: model, dataset: dataset, count: score.count, skipped: skipped.files.count,
                    skippedFiles: skipped.entries, top1: score.top1, top5: score.top5))
        }
        printAccuracy(score, skipped)
    }

    /// A model as it is run on the data set's pictures, and the names of its outputs.
    private func member(_ name: String, of source: Dataset) throws -> (Ensemble.Member, [String]?) {
        var network = try weights.model(name, for: .answers)
        layout.apply(to: &network)
        let engine = try engine.engine(network)
        let settings = try source.settings(of: engine.model, pictures, labels: labels)
        return (Ensemble.Member(name: name, engine: engine, preprocessing: settings.preprocessing), settings.labels)
    }

    private func runCrops(_ source: Dataset) throws {
        let names = (givenModel.map { [$0] } ?? []) + crops.ensemble
        let found = try (names.isEmpty ? [model] : names).map { try member($0, of: source) }
        let labels = found[0].1
        let isBuiltin = WeightOptions.builtinPrecision(found[0].0.name) != nil
        var evaluation = CropEvaluation(
            Ensemble(members: found.map(\.0)), source, try crops.sets(), limit: limit
        ) { try source.matching(labels: labels, isBuiltin: isBuiltin, outputCount: $0) }
        try evaluation.run()
        let classNames = labels ?? source.pictures.classNames
        try writeConfusion(evaluation.score, names: classNames)
        if let errors {
            let files = found.map { URL(fileURLWithPath: $0.0.name).lastPathComponent }
            let title = "\(files.joined(separator: ", ")) on \(dataset)"
            try ErrorSheet(
                mistakes: evaluation.mistakes.worst(errors), pictures: source.pictures, names: classNames, title: title
            ).write(to: errorSheet)
        }
        let report = CropReport(
            evaluation, models: found.map(\.0.name), dataset: dataset, names: classNames, hasClasses: errors != nil)
        if json { return try Console.printJSON(report) }
        if report.rows.count > 1 {
            Console.print(report.table.text)
            let skipped = evaluation.skipped.summary.map { "; \($0)" } ?? ""
            Console.print("\n\(report.count) pictures; the errors are shares of them\(skipped)")
        } else {
            printAccuracy(evaluation.score, evaluation.skipped)
        }
        if let errors {
            Console.print("\nclasses with the most mistakes:\n\n" + report.worstClasses.text)
            Console.print("\nthe worst \(min(errors, evaluation.mistakes.all.count)) mistakes: \(errorSheet)")
        }
    }

    private func writeConfusion(_ score: AccuracyScore, names: [String]?) throws {
        guard let confusion else { return }
        // Without labels the order of the classes is that of the outputs.
        let names = names ?? []
        try ConfusionMatrix(
            counts: score.confusion,
            names: score.outputs.map { $0 < names.count ? names[$0] : String($0) }, title: "\(model) on \(dataset)"
        ).write(to: confusion)
    }

    private func printAccuracy(_ score: AccuracyScore, _ skipped: SkipReport) {
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
