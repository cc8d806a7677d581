#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// Measures models on the pictures of a data set with several sets of crops, the first model alone and all of them
/// averaged: the rows of table 3 in GoogLeNet's paper.
struct CropEvaluation {
    struct Row: Encodable {
        let models: Int
        let crops: Int
        fileprivate(set) var top1Error = 0.0
        fileprivate(set) var top5Error = 0.0
        fileprivate(set) var picturesPerSecond = 0.0

        /// The runs of a network for each picture.
        var cost: Int { models * crops }

        enum CodingKeys: String, CodingKey {
            case models, crops
            case top1Error = "top1_error"
            case top5Error = "top5_error"
            case picturesPerSecond = "pictures_per_s"
        }
    }

    private let ensemble: Ensemble
    private let dataset: Dataset
    private let sets: [CropSet]
    private let match: (Int) throws -> ClassMatching
    private(set) var skipped: SkipReport
    /// The scores of every set of crops: of the first model, and of all of them.
    private var scores: [(first: AccuracyScore, all: AccuracyScore)]
    private var seconds: [(first: Double, all: Double)]
    private(set) var mistakes = Mistakes()
    private let count: Int
    private var progress: ProgressBar

    init(
        _ ensemble: Ensemble, _ dataset: Dataset, _ sets: [CropSet], limit: Int?,
        match: @escaping (Int) throws -> ClassMatching
    ) {
        (self.ensemble, self.dataset, self.sets, self.match) = (ensemble, dataset, sets, match)
        count = min(limit ?? .max, dataset.pictures.count)
        skipped = SkipReport(dataset.pictures.skipped)
        scores = sets.map { _ in (AccuracyScore(), AccuracyScore()) }
        seconds = sets.map { _ in (0, 0) }
        progress = ProgressBar(total: count)
    }

    /// The score of all models with the largest set of crops.
    var score: AccuracyScore { scores[scores.count - 1].all }

    /// The rows, the base first: one model with the smallest set of crops.
    var rows: [Row] {
        let total = ensemble.members.count
        func row(_ index: Int, _ models: Int, _ score: AccuracyScore, _ seconds: Double) -> Row {
            Row(
                models: models, crops: sets[index].rawValue, top1Error: 1 - score.top1, top5Error: 1 - score.top5,
                picturesPerSecond: seconds > 0 ? Double(score.count) / seconds : 0)
        }
        let first = sets.indices.map { row($0, 1, scores[$0].first, seconds[$0].first) }
        return total == 1 ? first : first + sets.indices.map { row($0, total, scores[$0].all, seconds[$0].all) }
    }

    /// - Throws: `invalidInput` if no picture can be read.
    mutating func run() throws {
        var matching: ClassMatching?
        for index in 0..<count {
            defer { progress.update(index + 1, "top-1 \(fixed(score.top1 * 100, 2)) %") }
            let picture: Picture
            let label: Int
            do {
                (picture, label) = try dataset.pictures.picture(at: index)
                try ensemble.check(picture, sets)
            } catch let error as DeeperError {
                progress.clear()
                skipped.add(SkippedFile(dataset.pictures.name(at: index), error))
                continue
            }
            for (place, set) in sets.enumerated() {
                let (rows, times) = try timed(picture, set)
                if matching == nil { progress.clear() }
                let outputs = try matching ?? match(rows[0].count)
                matching = outputs
                let expected = outputs.outputs[label]
                scores[place].first.add(try best(rows[0]).map(\.index), label: expected)
                let mean = Ensemble.mean(rows)
                let answer = try best(mean)
                scores[place].all.add(answer.map(\.index), label: expected)
                seconds[place].first += times[0]
                seconds[place].all += times.reduce(0, +)
                if place == sets.count - 1 { mistakes.add(index, expected: expected, probabilities: mean, answer) }
            }
        }
        progress.finish()
        guard score.count > 0 else {
            throw DeeperError(.invalidInput, "none of \(count) pictures can be read; the reasons are above").within(
                dataset.text)
        }
    }

    private func best(_ probabilities: [Float]) throws -> [Prediction] {
        try Prediction.top(5, of: probabilities, labels: nil)
    }

    /// The probabilities of every model, and the seconds that each took.
    private func timed(_ picture: Picture, _ set: CropSet) throws -> ([[Float]], [Double]) {
        var rows: [[Float]] = []
        var times: [Double] = []
        for member in ensemble.members {
            let start = ContinuousClock.now
            rows.append(try Ensemble.probabilities(of: picture, set, by: member))
            times.append((ContinuousClock.now - start) / .seconds(1))
        }
        _ = try Ensemble.checked(rows, ensemble.members)
        return (rows, times)
    }
}
#endif
