#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors

/// Measures a network on the pictures of a data set, with few of them in memory at once.
struct Evaluation {
    private let dataset: Dataset
    /// Gives the output for each label; called once, with the number of the network's outputs.
    private let match: (Int) throws -> ClassMatching
    private var waiting: BatchedClassifier<Int>
    private var matching: ClassMatching?
    private(set) var score = AccuracyScore()
    /// The files that the data set leaves out, and the pictures that could not be read.
    private(set) var skipped: SkipReport
    private let count: Int
    private var progress: ProgressBar

    /// - Parameter limit: how many of the first pictures to read; nil reads all.
    init(
        _ engine: Engine, _ preprocessing: Preprocessing, _ dataset: Dataset, batch: Int, limit: Int?,
        match: @escaping (Int) throws -> ClassMatching
    ) {
        self.dataset = dataset
        self.match = match
        count = min(limit ?? .max, dataset.pictures.count)
        progress = ProgressBar(total: count)
        waiting = BatchedClassifier(engine, preprocessing, limit: batch)
        skipped = SkipReport(dataset.pictures.skipped)
    }

    /// Reads the pictures and scores the network's answers.
    ///
    /// - Throws: `invalidInput` if none can be read; what matching and running throw.
    mutating func run() throws {
        for index in 0..<count {
            if let (picture, label) = try read(index) {
                if try !waiting.takes(picture) { try flush() }
                try waiting.append(picture, tag: label)
            }
            if waiting.isFull { try flush() }
            progress.update(index + 1, "top-1 \(fixed(score.top1 * 100, 2)) %")
        }
        try flush()
        progress.finish()
        guard score.count > 0 else {
            throw DeeperError(.invalidInput, "none of \(count) pictures can be read; the reasons are above").within(
                dataset.text)
        }
    }

    /// Decodes a picture; a broken one gives nil and a line in the report.
    private mutating func read(_ index: Int) throws -> (Picture, Int)? {
        do {
            let (picture, label) = try dataset.pictures.picture(at: index)
            // One that cannot be preprocessed, as it is smaller than the crop, is left out too.
            _ = try waiting.takes(picture)
            return (picture, label)
        } catch let error as DeeperError {
            progress.clear()
            skipped.add(SkippedFile(dataset.pictures.name(at: index), error))
            return nil
        }
    }

    private mutating func flush() throws {
        guard !waiting.isEmpty else { return }
        let outputs: ClassMatching
        if let matching {
            outputs = matching
        } else {
            progress.clear()
            outputs = try match(waiting.classCount())
            matching = outputs
        }
        for (label, predictions) in try waiting.flush(top: 5) {
            score.add(predictions.map(\.index), label: outputs.outputs[label])
        }
    }
}
#endif
