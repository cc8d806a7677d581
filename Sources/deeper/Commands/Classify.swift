#if CommandLine
import ArgumentParser
import BuiltinModel
import Deeper
import FoundationEssentials
import Imaging
import Tensors

struct Classify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Name what pictures show.",
        discussion: """
            A picture that cannot be read is reported in its place; the others are still answered. Without --model the \
            model that comes with deeper answers, which knows ten things: \
            \(BuiltinModel.classNames.joined(separator: ", ")).
            """)

    @Option(help: "An ONNX file, a built-in network with --weights, or builtin.")
    var model: String = WeightOptions.builtin

    @Option(help: "Class names, one a line, in the order of the model's output (default: those of builtin).")
    var labels: String?

    @OptionGroup var pictures: PictureOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var engine: EngineArguments

    @Option(help: "How many classes to print for each picture.")
    var top: Int = 5

    @Flag(help: "Print one JSON object a picture, one a line.")
    var json = false

    @Argument(help: "Picture files: \(PictureFormat.readableNames).")
    var images: [String]

    func validate() throws {
        guard top > 0 else { throw ValidationError("--top must be at least 1") }
        if let image = images.first(where: { $0.hasSuffix(".onnx") || $0.hasSuffix(".deeper") }) {
            throw ValidationError("\(image) is no picture; a model goes after --model")
        }
    }

    func run() throws {
        let isBuiltin = model == WeightOptions.builtin
        let preprocessing = try pictures.preprocessing(default: weights.preset(of: model) ?? "caffe")
        let names = try labels.map(ClassLabels.read) ?? (isBuiltin ? BuiltinModel.classNames : nil)
        let engine = try engine.engine(try weights.model(model))
        var failures = 0
        // Decoded pictures are large: a list of thousands is worked off in parts.
        for first in stride(from: 0, to: images.count, by: Classify.picturesAtOnce) {
            let part = first..<min(first + Classify.picturesAtOnce, images.count)
            failures += try answer(part, preprocessing, engine, names)
        }
        if failures > 0 {
            Console.warn("error: \(failures) of \(images.count) pictures could not be read")
            throw ExitCode(65)
        }
    }

    private static let picturesAtOnce = 64

    /// Answers a part of the pictures in order; returns how many could not be read.
    private func answer(
        _ part: Range<Int>, _ preprocessing: Preprocessing, _ engine: Engine, _ names: [String]?
    ) throws -> Int {
        var answers: [Int: Answer] = [:]
        for batch in try decode(part, preprocessing, engine, &answers) {
            let results = try engine.classify(
                batch: batch.map(\.picture), preprocessing: preprocessing, labels: names, top: top)
            for (item, predictions) in zip(batch, results) {
                answers[item.index] = Answer(
                    file: images[item.index], top: predictions.map(Answer.Entry.init), error: nil)
            }
        }
        for index in part {
            if let answer = answers[index] { try print(answer) }
        }
        return answers.values.filter { $0.error != nil }.count
    }

    private struct Item {
        let index: Int
        let picture: Picture
    }

    /// Decodes all pictures and groups those that fit into one batch; broken ones are answered at once.
    private func decode(
        _ part: Range<Int>, _ preprocessing: Preprocessing, _ engine: Engine, _ answers: inout [Int: Answer]
    ) throws -> [[Item]] {
        var batches: [[Item]] = []
        var open: [Extent: Int] = [:]
        let limit = engine.model.largestBatch(16)
        for index in part {
            let file = images[index]
            do {
                let picture = try pictures.read(file)
                let extent = try preprocessing.outputExtent(for: picture.extent)
                if let batch = open[extent], batches[batch].count < limit {
                    batches[batch].append(Item(index: index, picture: picture))
                } else {
                    open[extent] = batches.count
                    batches.append([Item(index: index, picture: picture)])
                }
            } catch let error as DeeperError {
                answers[index] = Answer(file: file, top: nil, error: "\(error)")
            }
        }
        return batches
    }

    private func print(_ answer: Answer) throws {
        if json { return try Console.printJSON(answer, isPretty: false) }
        Console.print(answer.file)
        if let error = answer.error { Console.print("  error: \(error)") }
        for entry in answer.top ?? [] {
            Console.print(
                "  \(fixed(Double(entry.score), 6))  \(entry.index)  \(entry.label ?? "")".trimmingTrailingSpaces)
        }
    }

    struct Answer: Encodable {
        struct Entry: Encodable {
            let index: Int
            let label: String?
            let score: Float

            init(_ prediction: Prediction) {
                index = prediction.index
                label = prediction.label
                score = prediction.score
            }
        }

        let file: String
        let top: [Entry]?
        let error: String?
    }
}

extension Model {
    /// The number of pictures to run at once: `wanted`, unless the model fixes its batch.
    func largestBatch(_ wanted: Int) -> Int {
        if case .fixed(let extent)? = inputs.first?.type.dimensions?.first { return max(1, extent) }
        return wanted
    }
}
#endif
