#if CommandLine
import ArgumentParser
import BuiltinModel
import Deeper
import FoundationEssentials
import Imaging
import Tensors

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure top-1 and top-5 accuracy on labelled pictures.",
        discussion: """
            DATASET is cifar10:FILE[,FILE...] (CIFAR-10's binary batches), idx:IMAGES,LABELS (MNIST's format, gzip \
            allowed) or folder:DIR (DIR/CLASS/*.jpg, .png and so on; classes in alphabetical order are the model's outputs). Without \
            MODEL the model that comes with deeper is measured; a folder may then hold some of its classes.
            """)

    @Argument(help: "An ONNX file, a built-in network with --weights, or builtin.")
    var model: String = WeightOptions.builtin

    @Option(help: "cifar10:FILE, idx:IMAGES,LABELS or folder:DIR.")
    var dataset: String

    @OptionGroup var pictures: PictureOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Option(help: "Pictures in one run, unless the model fixes it.")
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
        let source = try Dataset(dataset, orientation: pictures.orientation)
        let preprocessing = try pictures.preprocessing(
            default: weights.preset(of: model) ?? source.preset,
            standardOrder: source.isGray ? "luma" : nil)
        let outputs = try source.outputs(of: model)
        let engine = try engine.engine(try weights.model(model))
        let count = min(limit ?? .max, source.pictures.count)
        guard count > 0 else { throw DeeperError(.invalidInput, "the dataset is empty").within(dataset) }
        var score = Score()
        var progress = ProgressBar(total: count)
        let step = engine.model.largestBatch(batch)
        var pending: [(picture: Picture, label: Int)] = []
        var skipped = 0
        for index in 0..<count {
            do {
                pending.append(try source.pictures.picture(at: index))
            } catch let error as DeeperError where source.skipsBroken {
                Console.warn("warning: \(error)")
                skipped += 1
            }
            if pending.count == step || index == count - 1, !pending.isEmpty {
                if let outputs { for place in pending.indices { pending[place].label = outputs[pending[place].label] } }
                try answer(pending, engine, preprocessing, &score)
                pending.removeAll(keepingCapacity: true)
                progress.update(index + 1, "top-1 \(fixed(score.top1 * 100, 2)) %")
            }
        }
        progress.finish()
        if let confusion {
            let names =
                outputs == nil ? source.pictures.classNames ?? score.classes.map(String.init) : BuiltinModel.classNames
            try ConfusionMatrix(counts: score.confusion, names: names, title: "\(model) on \(dataset)").write(
                to: confusion)
        }
        let report = Report(
            model: model, dataset: dataset, count: score.count, skipped: skipped, top1: score.top1, top5: score.top5
        )
        if json { return try Console.printJSON(report) }
        Console.print(
            "\(score.count) pictures: top-1 \(fixed(score.top1 * 100, 2)) %, top-5 \(fixed(score.top5 * 100, 2)) %"
                + (skipped > 0 ? ", \(skipped) unreadable" : ""))
    }

    /// Runs a batch; pictures of other sizes than the first go one by one.
    private func answer(
        _ items: [(picture: Picture, label: Int)], _ engine: Engine, _ preprocessing: Preprocessing,
        _ score: inout Score
    ) throws {
        let extents = try Set(items.map { try preprocessing.outputExtent(for: $0.picture.extent) })
        let groups = extents.count == 1 ? [items] : items.map { [$0] }
        for group in groups {
            let answers = try engine.classify(batch: group.map(\.picture), preprocessing: preprocessing, top: 5)
            for (item, answer) in zip(group, answers) { score.add(answer.map(\.index), label: item.label) }
        }
    }

    private struct Report: Encodable {
        let model: String
        let dataset: String
        let count: Int
        let skipped: Int
        let top1: Double
        let top5: Double
    }

    /// Counts of right and wrong answers.
    struct Score {
        private(set) var count = 0
        private var hits1 = 0
        private var hits5 = 0
        private var pairs: [SIMD2<Int>: Int] = [:]

        var top1: Double { count == 0 ? 0 : Double(hits1) / Double(count) }
        var top5: Double { count == 0 ? 0 : Double(hits5) / Double(count) }
        var classes: Range<Int> { 0..<(pairs.keys.map { max($0[0], $0[1]) }.max() ?? -1) + 1 }
        /// Pictures by label (row) and answer (column).
        var confusion: [[Int]] { classes.map { label in classes.map { pairs[SIMD2(label, $0)] ?? 0 } } }

        mutating func add(_ answer: [Int], label: Int) {
            count += 1
            if answer.first == label { hits1 += 1 }
            if answer.prefix(5).contains(label) { hits5 += 1 }
            pairs[SIMD2(label, answer.first ?? 0), default: 0] += 1
        }
    }

    /// A dataset as the command line names it.
    struct Dataset {
        let pictures: any LabelledPictures
        let preset: String
        let isGray: Bool
        let skipsBroken: Bool
        /// As the command line has it.
        private let text: String

        /// The output of the built-in model that stands for each label; nil for other models, whose classes nobody names.
        func outputs(of model: String) throws -> [Int]? {
            guard model == WeightOptions.builtin else { return nil }
            guard let names = pictures.classNames else {
                throw DeeperError(
                    .invalidInput, "the labels have no names; the built-in model knows its classes by name"
                )
                .within(text)
            }
            return try names.map { name in
                guard let output = BuiltinModel.classNames.firstIndex(of: name) else {
                    throw DeeperError(
                        .invalidInput,
                        "the built-in model knows no class \"\(name)\", only "
                            + BuiltinModel.classNames.joined(separator: ", ")
                    ).within(text)
                }
                return output
            }
        }

        init(_ text: String, orientation: Picture.Orientation) throws {
            self.text = text
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            let paths = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
            switch (parts.first, paths.count) {
            case ("cifar10", 1...):
                (pictures, preset, isGray, skipsBroken) = (
                    try CIFAR10Binary(contentsOf: paths), "cifar10", false, false
                )
            case ("idx", 2):
                (pictures, preset, isGray, skipsBroken) = (
                    try IDXPictures(pictures: paths[0], labels: paths[1]), "raw", true, false
                )
            case ("folder", 1):
                (pictures, preset, isGray, skipsBroken) = (
                    try PictureFolder(contentsOf: paths[0], limits: .command, orientation: orientation), "caffe", false,
                    true
                )
            default:
                throw ValidationError("--dataset must be cifar10:FILE[,FILE...], idx:IMAGES,LABELS or folder:DIR")
            }
        }
    }
}
#endif
