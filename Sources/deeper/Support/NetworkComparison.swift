#if CommandLine
import Deeper
import FoundationEssentials
import Imaging
import Tensors

/// Two networks on the same pictures: how often they agree, and how often they are right.
struct NetworkComparison {
    private let pictures: [(picture: Picture, label: Int?)]
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

    /// - Parameter source: a folder of pictures, or a dataset as of `deeper eval`.
    init(_ source: String, _ preprocessing: Preprocessing) throws {
        self.preprocessing = preprocessing
        if ["cifar10:", "idx:", "folder:"].contains(where: { source.hasPrefix($0) }) {
            let dataset = try Evaluate.Dataset(source)
            pictures = try (0..<dataset.pictures.count).map { index in
                let entry = try dataset.pictures.picture(at: index)
                return (entry.picture, entry.label)
            }
        } else {
            pictures = try PictureFiles.list(source).map { (try Picture(contentsOf: $0), nil) }
        }
        guard !pictures.isEmpty else { throw DeeperError(.invalidInput, "no pictures").within(source) }
    }

    func compare(_ first: Engine, _ second: Engine) throws -> Agreement {
        var (top1, top5) = (0, 0)
        var (before, after) = (Evaluate.Score(), Evaluate.Score())
        var progress = ProgressBar(total: pictures.count)
        for (index, entry) in pictures.enumerated() {
            let answers = try [first, second].map { engine in
                try engine.classify(batch: [entry.picture], preprocessing: preprocessing, top: 5)[0].map(\.index)
            }
            if answers[0].first == answers[1].first { top1 += 1 }
            if let best = answers[0].first, answers[1].contains(best) { top5 += 1 }
            if let label = entry.label {
                before.add(answers[0], label: label)
                after.add(answers[1], label: label)
            }
            progress.update(index + 1, "comparing")
        }
        progress.finish()
        let isLabelled = pictures[0].label != nil
        return Agreement(
            pictures: pictures.count, top1: top1, top5: top5,
            accuracyBefore: isLabelled ? .init(top1: before.top1, top5: before.top5) : nil,
            accuracyAfter: isLabelled ? .init(top1: after.top1, top5: after.top5) : nil)
    }
}
#endif
