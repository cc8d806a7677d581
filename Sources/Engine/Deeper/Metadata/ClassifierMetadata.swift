internal import DeeperImaging
internal import DeeperImport
internal import DeeperTensors

/// What a model's metadata says about its classes and about the pictures that it takes (docs/models.md).
struct ClassifierMetadata {
    static let labelsKey = "deeper.labels"
    static let preprocessingKey = "deeper.preprocessing"
    /// The largest text that is accepted, in bytes.
    private static let largestText = 64 << 20

    private(set) var labels: [String]?
    private(set) var preprocessing: Preprocessing?
    /// Human-readable remarks about metadata that was ignored.
    private(set) var notes: [String] = []

    /// Reads deeper's own keys and, for what they do not say, those of Ultralytics, RapidOCR and TFLite.
    ///
    /// - Parameter classCount: the number of the network's classes for a number of labels, if it can be inferred from
    ///   the network; throws if the network is not a classifier.
    /// - Throws: `invalidModel` or `limitExceeded`, naming the key, if one of deeper's own keys cannot be used. Keys of
    ///   other programs that cannot be used only give a note.
    init(_ metadata: [String: String], pictureExtent: Extent?, classCount: (_ labelCount: Int) throws -> Int?) throws {
        labels = try ClassifierMetadata.value(of: ClassifierMetadata.labelsKey, in: metadata) { text in
            let labels = try ClassLabels.labels(json: text)
            let count: Int?
            do {
                count = try classCount(labels.count)
            } catch let error as DeeperError {
                throw DeeperError(.invalidModel, error.message)
            }
            if let count, count != labels.count {
                throw DeeperError(.invalidModel, "\(labels.count) labels, the network has \(count) classes")
            }
            return labels
        }
        preprocessing = try ClassifierMetadata.value(
            of: ClassifierMetadata.preprocessingKey, in: metadata, Preprocessing.init(json:))
        if labels == nil || preprocessing == nil, let other = UltralyticsMetadata(metadata) {
            notes += other.notes
            if labels == nil, other.task == "classify", let names = other.names { add(names, "names", classCount) }
            if preprocessing == nil { addPreprocessing(of: other, pictureExtent) }
        }
        // RapidOCR's classifiers have one name per line in `character`. Its recognisers have their alphabet there, which
        // is not a list of classes.
        for key in ["character", TFLiteModel.labelsKey] {
            guard labels == nil, let text = metadata[key] else { continue }
            add(ClassLabels.lines(Array(text.utf8)), key, classCount)
        }
    }

    /// The metadata with these labels and this preprocessing; the key of one that is nil is removed.
    ///
    /// - Throws: `invalidModel`, `invalidInput` or `limitExceeded` for values that cannot be written.
    static func adding(
        labels: [String]?, preprocessing: Preprocessing?, to metadata: [String: String]
    ) throws -> [String: String] {
        var result = metadata
        result[labelsKey] = try labels.map { labels in try locating("labels") { try ClassLabels.json(labels) } }
        result[preprocessingKey] = try preprocessing.map { value in
            try locating("preprocessing") { try value.json() }
        }
        return result
    }

    private static func value<Value>(
        of key: String, in metadata: [String: String], _ read: (String) throws -> Value
    ) throws -> Value? {
        guard let text = metadata[key] else { return nil }
        return try locating(ONNXModel.metadataPlace(key)) {
            guard text.utf8.count <= largestText else {
                throw DeeperError(.limitExceeded, "\(text.utf8.count) bytes, more than \(largestText)")
            }
            return try read(text)
        }
    }

    /// Uses the labels that another program wrote under a key if they fit the network.
    private mutating func add(_ names: [String], _ key: String, _ classCount: (Int) throws -> Int?) {
        do {
            try ClassLabels.check(names)
            let count = try classCount(names.count)
            guard count == names.count else {
                throw DeeperError(
                    .invalidModel,
                    "\(names.count) names, the network has \(count.map { "\($0)" } ?? "an unknown number of") classes")
            }
            labels = names
        } catch {
            let reason = (error as? DeeperError)?.message ?? "\(error)"
            notes.append("not used: \(ONNXModel.metadataPlace(key)): \(reason)")
        }
    }

    /// For classifiers, Ultralytics resizes the picture's shorter side to the extent and crops the middle, or resizes
    /// the whole picture if the extent is not square; samples are 0...1, red first. For other tasks it pads the whole
    /// picture with grey instead, which is not done here.
    private mutating func addPreprocessing(of other: UltralyticsMetadata, _ fixed: Extent?) {
        guard var (height, width) = other.extent else { return }
        if let fixed, fixed != Extent(width: width, height: height) {
            notes.append("imgsz is \(width)x\(height) and the input \(fixed); pictures are prepared for the input")
            (height, width) = (fixed.height, fixed.width)
        }
        var result = Preprocessing(resize: .exact(width: width, height: height), scale: 1 / 255)
        if other.task != "classify" {
            notes.append(
                "Ultralytics pads pictures with grey for the task \(other.task.quotedForMessage); "
                    + "here they are resized to \(width)x\(height)")
        } else if width == height {
            result.resize = .shorterSide(length: width)
            result.centreCrop = Extent(width: width, height: height)
        }
        preprocessing = result
    }
}
