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
            "An ONNX or TFLite file, a built-in network with --weights, builtin, or builtin-int8 (default: builtin).",
            valueName: "model"))
    var givenModel: String?

    private var sheet: String { errorSheet ?? "errors.svg" }
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

    @Option(
        name: .customLong("batch"),
        help: """
            Pictures in one run, unless the model fixes their number (default: 16; with --crops, --ensemble and \
            --errors, the crops of one picture share runs instead).
            """)
    var givenBatch: Int?

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

    @Option(help: "The file of --errors (SVG; default: errors.svg).")
    var errorSheet: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...500).contains(errors ?? 1) else { throw ValidationError("--errors must be 1 to 500") }
        guard errors != nil || errorSheet == nil else { throw ValidationError("--error-sheet is for --errors") }
        guard givenBatch == nil || !crops.isUsed && errors == nil else {
            throw ValidationError("--batch cannot be used with --crops, --ensemble or --errors")
        }
        guard (1...4096).contains(givenBatch ?? 1), limit ?? 1 > 0 else {
            throw ValidationError("--batch must be 1 to 4096 and --limit at least 1")
        }
    }

    func run() throws {
        let source = try Dataset(dataset, orientation: reading.orientation)
        // Evaluating can take hours, after which nothing should be lost.
        for file in [confusion, errors == nil ? nil : sheet].compactMap({ $0 }) { try checkFolder(of: file) }
        if crops.isUsed || errors != nil { return try runCrops(source) }
        try weights.checkUse(for: [model])
        let member = try member(model, of: source)
        let labels = member.labels
        let isBuiltin = WeightOptions.builtinPrecision(model) != nil
        var evaluation = Evaluation(
            member.engine, member.preprocessing, source, batch: givenBatch ?? 16, limit: limit
        ) {
            try source.matching(labels: labels, isBuiltin: isBuiltin, outputCount: $0)
        }
        try evaluation.run()
        let (score, skipped) = (evaluation.score, evaluation.skipped)
        if json {
            try Console.printJSON(
                Report(
                    model: model, dataset: dataset, count: score.count, skipped: skipped.files.count,
                    skippedFiles: skipped.entries, top1: score.top1, top5: score.top5))
        } else {
            printAccuracy(score, skipped)
        }
        try writeConfusion(score, names: labels ?? source.pictures.classNames, title: "\(model) on \(dataset)")
    }

    /// A model as it is run on the data set's pictures.
    private func member(_ name: String, of source: Dataset) throws -> Ensemble.Member {
        var network = try weights.model(name, for: .answers, isChecked: true)
        layout.apply(to: &network)
        let engine = try engine.engine(network)
        let settings = try source.settings(of: engine.model, pictures, labels: labels)
        return Ensemble.Member(
            name: name, engine: engine, preprocessing: settings.preprocessing, labels: settings.labels)
    }

    private func runCrops(_ source: Dataset) throws {
        let given = (givenModel.map { [$0] } ?? []) + crops.ensemble
        let names = given.isEmpty ? [model] : given
        try weights.checkEnsemble(of: names)
        let sets = try crops.sets()
        let ensemble = try Ensemble(members: names.map { try member($0, of: source) }, sets: sets)
        let labels = ensemble.members[0].labels
        let isBuiltin = WeightOptions.builtinPrecision(names[0]) != nil
        var evaluation = CropEvaluation(ensemble, source, sets, limit: limit) {
            try source.matching(labels: labels, isBuiltin: isBuiltin, outputCount: $0)
        }
        try evaluation.run()
        let classNames = labels ?? source.pictures.classNames
        let report = CropReport(
            evaluation, models: names, dataset: dataset, names: classNames, hasClasses: errors != nil)
        if json { try Console.printJSON(report) } else { print(report, evaluation) }
        let files = names.map { URL(fileURLWithPath: $0).lastPathComponent }.joined(separator: ", ")
        try writeConfusion(evaluation.score, names: classNames, title: "\(files) on \(dataset)")
        guard let errors else { return }
        try ErrorSheet(
            mistakes: evaluation.mistakes.worst(errors), pictures: source.pictures, names: classNames,
            title: "\(files) on \(dataset)"
        ).write(to: sheet)
        guard !json else { return }
        let count = min(errors, evaluation.mistakes.all.count)
        Console.print(
            count == 0
                ? "\nno mistakes: \(sheet)" : "\nthe worst \(count) \(count == 1 ? "mistake" : "mistakes"): \(sheet)")
    }

    private func print(_ report: CropReport, _ evaluation: CropEvaluation) {
        if report.rows.count > 1 {
            Console.print(report.table.text)
            let skipped = evaluation.skipped.summary.map { "; \($0)" } ?? ""
            Console.print("\n\(report.count) pictures; the errors are shares of them\(skipped)")
        } else {
            printAccuracy(evaluation.score, evaluation.skipped)
        }
        if let classes = report.worstClasses { Console.print("\n\(classes)") }
    }

    private func writeConfusion(_ score: AccuracyScore, names: [String]?, title: String) throws {
        guard let confusion else { return }
        // Without labels the order of the classes is that of the outputs.
        let names = names ?? []
        try ConfusionMatrix(
            counts: score.confusion,
            names: score.outputs.map { $0 < names.count ? names[$0] : String($0) }, title: title
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
