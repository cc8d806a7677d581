#if CommandLine
import Deeper
import DeeperCommandSupport
import DeeperImaging
import DeeperTensors
import Glibc

/// Answers pictures in order and as soon as possible: the first one immediately, later ones in batches, which are run
/// when some time has passed since the last answer.
struct ClassifyRun {
    private let reading: ReadingOptions
    private let labels: [String]?
    private let top: Int
    private let waitsForFullBatch: Bool
    private let print: (ClassifyAnswer) throws -> Void
    private var waiting: BatchedClassifier<String>
    private var lastAnswer: ContinuousClock.Instant?
    private var progress: ProgressBar
    private let sharesTerminal = isatty(STDOUT_FILENO) == 1
    private var answered = 0
    /// The number of pictures that could not be read.
    private(set) var failures = 0
    /// How many of them are files that do not exist.
    private(set) var missing = 0

    /// The time since the last answer after which a batch is run, full or not: small pictures share a run, and a
    /// photograph that takes longer to decode is answered alone.
    private static let patience = Duration.milliseconds(100)
    private static let picturesAtOnce = 16
    private static let bytesAtOnce = 64 << 20

    init(
        _ engine: Engine, _ reading: ReadingOptions, _ preprocessing: Preprocessing, labels: [String]?, top: Int,
        pictureCount: Int,
        print: @escaping (ClassifyAnswer) throws -> Void
    ) {
        self.reading = reading
        self.labels = labels
        self.top = top
        self.print = print
        // A partly filled run would cost as much as a full one.
        waitsForFullBatch = engine.model.fixedBatch.map { $0 > 1 } ?? false
        waiting = BatchedClassifier(
            engine, preprocessing, limit: ClassifyRun.picturesAtOnce, byteLimit: ClassifyRun.bytesAtOnce)
        progress = ProgressBar(total: pictureCount)
    }

    mutating func add(_ source: PictureSources.Source) throws {
        // Standard input may take any time to end.
        if case .standardInput = source { try flush() }
        let picture: Picture
        let fits: Bool
        do {
            picture = try source.picture(reading)
            fits = try waiting.takes(picture)
        } catch let error as DeeperError {
            try flush()
            failures += 1
            if error.code == .fileNotFound { missing += 1 }
            return try answer(ClassifyAnswer(file: source.name, top: nil, error: "\(error)"))
        }
        if !fits { try flush() }
        try waiting.append(picture, tag: source.name)
        let isDue = lastAnswer.map { ContinuousClock.now - $0 > ClassifyRun.patience } ?? true
        if waiting.isFull || isDue && !waitsForFullBatch { try flush() }
    }

    mutating func finish() throws {
        try flush()
        progress.finish()
    }

    private mutating func flush() throws {
        for (file, predictions) in try waiting.flush(labels: labels, top: top) {
            try answer(ClassifyAnswer(file: file, top: predictions.map(ClassifyAnswer.Entry.init), error: nil))
        }
    }

    private mutating func answer(_ answer: ClassifyAnswer) throws {
        if sharesTerminal { progress.clear() }
        try print(answer)
        answered += 1
        lastAnswer = .now
        progress.update(answered)
    }
}

/// The answer for one picture.
struct ClassifyAnswer: Encodable {
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

    func print(json: Bool) throws {
        if json { return try Console.printJSON(self, isPretty: false) }
        Console.print(file)
        if let error { Console.print("  error: \(error)") }
        for entry in top ?? [] {
            Console.print(
                "  \(fixed(Double(entry.score), 6))  \(entry.index)  \(entry.label ?? "")".trimmingTrailingSpaces)
        }
    }
}
#endif
