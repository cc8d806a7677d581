#if CommandLine
import ArgumentParser
import Deeper
import DeeperBuiltinModel
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors
import FoundationEssentials

struct Classify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify", abstract: "Classify pictures.",
        discussion: """
            A folder means the pictures in it and in all folders below it, in the order of their paths; hidden \
            files and files without a picture's ending (\(PictureEndings.text)) are skipped. A picture that cannot be \
            read is reported in its place, and the others are still classified. Without --model, the model that comes \
            with deeper is used, which knows ten classes: \(BuiltinModel.classNames.joined(separator: ", ")).
            """)

    @Option(
        name: .customLong("model"),
        help: "A model file, a built-in network with --weights, builtin, or builtin-int8 (default: builtin).")
    var givenModel: String?

    private var models: [String] {
        let given = (givenModel.map { [$0] } ?? []) + crops.ensemble
        return given.isEmpty ? [WeightOptions.builtin] : given
    }

    @Option(
        help: """
            A file of class names, one per line, in the order of the model's output; imagenet for those of ImageNet's \
            classes; none (default: the model's own).
            """)
    var labels: String?

    @OptionGroup var pictures: PictureOptions
    @OptionGroup var reading: ReadingOptions
    @OptionGroup var layout: InputLayoutOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @OptionGroup(title: "Crops and ensembles")
    var crops: CropOptions

    @Option(help: "How many classes to print for each picture.")
    var top: Int = 5

    @Flag(help: "Print one JSON object per picture, one per line.")
    var json = false

    @Argument(
        help: """
            Picture files (\(PictureFormat.readableNames)), folders of them, or - for the bytes of one picture on \
            standard input.
            """)
    var images: [String]

    func validate() throws {
        guard top > 0 else { throw ValidationError("--top must be at least 1") }
        guard try crops.sets().count == 1 else { throw ValidationError("classify takes one number of --crops") }
        if let image = images.first(where: { image in Model.fileEndings.contains(where: image.hasSuffix) }) {
            throw ValidationError("\(image) is not a picture; give a model with --model")
        }
        guard images.count(where: { $0 == PictureSources.standardInput }) <= 1 else {
            throw ValidationError("standard input (-) is one picture and can be named only once")
        }
    }

    func run() throws {
        try weights.checkEnsemble(of: models)
        let members = try models.map(member)
        let (engine, settings) = (members[0].engine, members[0])
        let found = PictureSources(images)
        _ = SkipReport(found.repeated)
        let isJSON = json
        if crops.isUsed {
            let sets = try crops.sets()
            return try classify(found, by: Ensemble(members: members, sets: sets), sets[0])
        }
        var run = ClassifyRun(
            engine, reading, settings.preprocessing, labels: settings.labels, top: top,
            pictureCount: found.sources.count
        ) { try $0.print(json: isJSON) }
        for source in found.sources { try run.add(source) }
        try run.finish()
        try finish(found, failures: run.failures, missing: run.missing)
    }

    private func member(_ name: String) throws -> Ensemble.Member {
        var model = try weights.model(name, for: .answers, isChecked: true)
        layout.apply(to: &model)
        let settings = try ClassifierSettings(of: model, pictures, labels: labels)
        // --labels replaces the model's own labels, also if it is none.
        model.labels = settings.labels
        return Ensemble.Member(
            name: name, engine: try engine.engine(model), preprocessing: settings.preprocessing, labels: settings.labels
        )
    }

    /// Averages the answers of several crops and models, one picture after the other.
    private func classify(_ found: PictureSources, by ensemble: Ensemble, _ set: CropSet) throws {
        let labels = ensemble.members.lazy.compactMap(\.labels).first
        var failures = 0
        var missing = 0
        for source in found.sources {
            let picture: Picture
            do {
                picture = try source.picture(reading)
                try ensemble.check(picture, [set])
            } catch let error as DeeperError {
                failures += 1
                if error.code == .fileNotFound { missing += 1 }
                try ClassifyAnswer(file: source.name, top: nil, error: "\(error)").print(json: json)
                continue
            }
            let mean = Ensemble.mean(try ensemble.probabilities(of: picture, set))
            let best = try Prediction.top(top, of: mean, labels: labels)
            try ClassifyAnswer(file: source.name, top: best.map(ClassifyAnswer.Entry.init), error: nil).print(
                json: json)
        }
        try finish(found, failures: failures, missing: missing)
    }

    private func finish(_ found: PictureSources, failures: Int, missing: Int) throws {
        if !found.passedOver.isEmpty {
            Console.warn(
                "note: skipped \(SkipReport.count(found.passedOver)) in the folders: "
                    + SkipReport.kinds(of: found.passedOver))
        }
        if failures > 0 {
            Console.warn("error: \(failures) of \(found.sources.count) pictures could not be read")
            // As for any missing file, unless other pictures are broken too.
            throw ExitCode(missing == failures ? 66 : 65)
        }
    }
}
#endif
