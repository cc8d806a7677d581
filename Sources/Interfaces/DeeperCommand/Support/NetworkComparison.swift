#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// Two networks on the same pictures: how often they agree, and how often they are right.
struct NetworkComparison {
    private let pictures: NumberedPictures
    /// The numbers of the pictures that are compared.
    private let numbers: [Int]
    /// The correct output for each label, if there are labels.
    private let matching: ClassMatching?
    private let preprocessing: Preprocessing
    /// The files that are not pictures or cannot be read.
    private(set) var skipped = SkipReport()

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

        var text: String {
            var text =
                "\(pictures) pictures: the same best class for \(top1), the original's best class among the best "
                + "five for \(top5)"
            if let before = accuracyBefore, let after = accuracyAfter {
                text +=
                    "\ntop-1 \(fixed(before.top1 * 100, 2)) % before, \(fixed(after.top1 * 100, 2)) % after; top-5 "
                    + "\(fixed(before.top5 * 100, 2)) % before, \(fixed(after.top5 * 100, 2)) % after"
            }
            return text
        }

        enum CodingKeys: String, CodingKey {
            case pictures
            case top1 = "same_top1"
            case top5 = "top1_in_top5"
            case accuracyBefore = "accuracy_before"
            case accuracyAfter = "accuracy_after"
        }
    }

    /// Finds the pictures and reads enough of them to show mistakes before the long work.
    ///
    /// - Parameters:
    ///   - source: a folder of pictures, each of which is decoded once to check that it can be read; or a data set as
    ///     for `deeper eval`, with its preset.
    ///   - engine: the engine of one of the networks, whose outputs are matched with the classes of a data set.
    ///   - isBuiltin: whether the network is the model that comes with deeper, whose classes are known by name only.
    /// - Throws: `invalidInput` if none of the pictures can be read or the network is no classifier; what reading
    ///   throws.
    init(
        _ source: String, _ options: PictureOptions, _ reading: ReadingOptions, engine: Engine, isBuiltin: Bool
    ) throws {
        let model = engine.model
        guard Dataset.isNamed(by: source) else {
            preprocessing = try model.preprocessing ?? ClassifierSettings(of: model, options).preprocessing
            pictures = try NumberedPictures(source, reading, &skipped)
            matching = nil
            numbers = try NetworkComparison.readable(pictures, preprocessing, &skipped)
            guard let first = numbers.first, let picture = try pictures.picture(first, &skipped)?.picture else {
                throw DeeperError(
                    .invalidInput,
                    "none of \(pictures.count) picture files can be read; their names end in " + PictureEndings.text
                ).within(source)
            }
            var batch = PictureBatch(preprocessing: preprocessing)
            try batch.append(picture)
            // Refuses a network that is not a classifier.
            _ = try engine.classCount(for: batch)
            return
        }
        let dataset = try Dataset(source, orientation: reading.orientation)
        let assumed = try model.preprocessing == nil ? dataset.settings(of: model, options) : nil
        guard let preprocessing = model.preprocessing ?? assumed?.preprocessing else {
            throw DeeperError(.internalFault, "no preprocessing")
        }
        self.preprocessing = preprocessing
        pictures = NumberedPictures(dataset.pictures, reading, &skipped)
        numbers = Array(0..<pictures.count)
        var batch = PictureBatch(preprocessing: preprocessing)
        // Broken pictures are reported later, when all are read.
        for index in 0..<dataset.pictures.count where batch.isEmpty {
            if let picture = try? dataset.pictures.picture(at: index).picture { try? batch.append(picture) }
        }
        guard !batch.isEmpty else {
            throw DeeperError(.invalidInput, "none of \(dataset.pictures.count) pictures can be read").within(source)
        }
        matching = try dataset.matching(
            labels: assumed?.labels ?? model.labels, isBuiltin: isBuiltin, outputCount: engine.classCount(for: batch))
    }

    /// The pictures that can be decoded and prepared; for the others there is an entry in the report.
    private static func readable(
        _ pictures: NumberedPictures, _ preprocessing: Preprocessing, _ skipped: inout SkipReport
    ) throws -> [Int] {
        var result: [Int] = []
        for number in 0..<pictures.count where try prepared(number, pictures, preprocessing, &skipped) != nil {
            result.append(number)
        }
        return result
    }

    /// A picture with its label; one that is broken, or smaller than the crop, gives nil and an entry in the report.
    private static func prepared(
        _ number: Int, _ pictures: NumberedPictures, _ preprocessing: Preprocessing, _ skipped: inout SkipReport
    ) throws -> (picture: Picture, label: Int?)? {
        guard let entry = try pictures.picture(number, &skipped) else { return nil }
        do {
            _ = try preprocessing.outputExtent(for: entry.picture.extent)
            return entry
        } catch let error as DeeperError {
            skipped.add(SkippedFile(pictures.name(number), error))
            return nil
        }
    }

    mutating func compare(_ first: Engine, _ second: Engine) throws -> Agreement {
        var (compared, top1, top5) = (0, 0, 0)
        var (before, after) = (AccuracyScore(), AccuracyScore())
        var progress = ProgressBar(total: numbers.count)
        for (index, number) in numbers.enumerated() {
            defer { progress.update(index + 1, "comparing") }
            guard let entry = try NetworkComparison.prepared(number, pictures, preprocessing, &skipped) else {
                continue
            }
            var batch = PictureBatch(preprocessing: preprocessing)
            try batch.append(entry.picture)
            let answers = try [first, second].map { try $0.classifyBlocking(batch, top: 5)[0].map(\.index) }
            compared += 1
            if answers[0].first == answers[1].first { top1 += 1 }
            if let best = answers[0].first, answers[1].contains(best) { top5 += 1 }
            if let matching, let label = entry.label.map({ matching.outputs[$0] }) {
                before.add(answers[0], label: label)
                after.add(answers[1], label: label)
            }
        }
        progress.finish()
        let isLabelled = before.count > 0
        return Agreement(
            pictures: compared, top1: top1, top5: top5,
            accuracyBefore: isLabelled ? .init(top1: before.top1, top5: before.top5) : nil,
            accuracyAfter: isLabelled ? .init(top1: after.top1, top5: after.top5) : nil)
    }
}
#endif
