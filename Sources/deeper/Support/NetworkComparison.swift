#if CommandLine
import Deeper
import FoundationEssentials
import Imaging
import Tensors

/// Two networks on the same pictures: how often they agree, and how often they are right.
struct NetworkComparison {
    /// Decodes one picture; nil for a broken one that is passed over.
    private let picture: (Int) throws -> (picture: Picture, label: Int?)?
    private let count: Int
    private let preprocessing: Preprocessing

    struct Agreement: Encodable {
        let pictures: Int
        /// Pictures with the same best class.
        let top1: Int
        /// Pictures whose best class of the first network is among the second's best five.
        let top5: Int
        /// Shares of right answers; nil without labels.
        let accuracyBefore: Accuracy?
        let accuracyAfter: Accuracy?

        struct Accuracy: Encodable {
            let top1: Double
            let top5: Double
        }

        enum CodingKeys: String, CodingKey {
            case pictures
            case top1 = "same_top1"
            case top5 = "top1_in_top5"
            case accuracyBefore = "accuracy_before"
            case accuracyAfter = "accuracy_after"
        }
    }

    /// - Parameters:
    ///   - source: a folder of pictures, every one of which is decoded once to see that it can be; or a dataset as of
    ///     `deeper eval`, with its preset.
    init(_ source: String, _ options: PictureOptions, model: String, _ weights: WeightOptions) throws {
        let own = weights.preset(of: model)
        if ["cifar10:", "idx:", "folder:"].contains(where: { source.hasPrefix($0) }) {
            let dataset = try Evaluate.Dataset(source, orientation: options.orientation)
            preprocessing = try options.preprocessing(
                default: own ?? dataset.preset, standardOrder: dataset.isGray ? "luma" : nil)
            count = dataset.pictures.count
            let outputs = try dataset.outputs(of: model)
            picture = { index in
                do {
                    let entry = try dataset.pictures.picture(at: index)
                    return (entry.picture, outputs.map { $0[entry.label] } ?? entry.label)
                } catch let error as DeeperError where dataset.skipsBroken {
                    Console.warn("warning: \(error)")
                    return nil
                }
            }
        } else {
            let files = try PictureFiles.list(source)
            preprocessing = try options.preprocessing(default: own ?? "caffe")
            for file in files { _ = try options.read(file) }
            count = files.count
            picture = { (try options.read(files[$0]), nil) }
        }
        guard count > 0 else { throw DeeperError(.invalidInput, "no pictures").within(source) }
    }

    func compare(_ first: Engine, _ second: Engine) throws -> Agreement {
        var (pictures, top1, top5) = (0, 0, 0)
        var (before, after) = (Evaluate.Score(), Evaluate.Score())
        var progress = ProgressBar(total: count)
        for index in 0..<count {
            defer { progress.update(index + 1, "comparing") }
            guard let entry = try picture(index) else { continue }
            let answers = try [first, second].map { engine in
                try engine.classify(batch: [entry.picture], preprocessing: preprocessing, top: 5)[0].map(\.index)
            }
            pictures += 1
            if answers[0].first == answers[1].first { top1 += 1 }
            if let best = answers[0].first, answers[1].contains(best) { top5 += 1 }
            if let label = entry.label {
                before.add(answers[0], label: label)
                after.add(answers[1], label: label)
            }
        }
        progress.finish()
        let isLabelled = before.count > 0
        return Agreement(
            pictures: pictures, top1: top1, top5: top5,
            accuracyBefore: isLabelled ? .init(top1: before.top1, top5: before.top5) : nil,
            accuracyAfter: isLabelled ? .init(top1: after.top1, top5: after.top5) : nil)
    }
}
#endif
