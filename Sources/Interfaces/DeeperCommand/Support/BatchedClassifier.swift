#if CommandLine
import Deeper
import DeeperImaging
import DeeperTensors

/// Classifies pictures in batches and in order. Each picture is preprocessed when it is added, so that none stays
/// decoded.
struct BatchedClassifier<Tag> {
    private let engine: Engine
    private let limit: Int
    private let byteLimit: Int
    private var batch: PictureBatch
    private var tags: [Tag] = []

    /// - Parameters:
    ///   - limit: the number of pictures in a run, unless the model fixes it.
    ///   - byteLimit: a batch whose preprocessed pictures take this much memory is full, whatever their number.
    init(_ engine: Engine, _ preprocessing: Preprocessing, limit: Int, byteLimit: Int = .max) {
        self.engine = engine
        self.limit = engine.model.fixedBatch ?? limit
        self.byteLimit = byteLimit
        batch = PictureBatch(preprocessing: preprocessing)
    }

    var isEmpty: Bool { batch.isEmpty }
    var isFull: Bool { batch.count >= limit || batch.byteCount >= byteLimit }

    /// Whether a picture can join those that are waiting; if not, they have to be answered first.
    ///
    /// - Throws: if such a picture cannot be preprocessed.
    func takes(_ picture: Picture) throws -> Bool { try batch.takes(picture.extent) }

    mutating func append(_ picture: Picture, tag: Tag) throws {
        try batch.append(picture)
        tags.append(tag)
    }

    /// The number of scores that the model computes for each of the waiting pictures.
    func classCount() throws -> Int { try engine.classCount(for: batch) }

    /// Answers all waiting pictures.
    mutating func flush(labels: [String]? = nil, top: Int) throws -> [(tag: Tag, predictions: [Prediction])] {
        let predictions = try engine.classifyBlocking(batch, labels: labels, top: top)
        let answers = zip(tags, predictions).map { (tag: $0, predictions: $1) }
        batch.removeAll()
        tags.removeAll(keepingCapacity: true)
        return answers
    }
}

extension Model {
    /// The number of pictures to run at once: `wanted`, unless the model fixes its batch.
    func largestBatch(_ wanted: Int) -> Int { fixedBatch ?? wanted }
}
#endif
