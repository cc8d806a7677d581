internal import DeeperGraphs
public import DeeperImaging
internal import DeeperImport
internal import DeeperKernels
internal import DeeperTensors
internal import FoundationEssentials

/// A recipe of training, as a file in JSON (comments and trailing commas allowed) gives it. Every field has a default;
/// docs/training.md explains them.
public struct TrainingConfiguration: Sendable, Codable, Hashable {
    /// A built-in network (those ending in -train have auxiliary heads) or an ONNX file.
    public var network = "inception-cifar10-train"
    /// Classes of a built-in network.
    public var classes = 10
    /// Height and width of the pictures; 0: the network's usual ones.
    public var extent = 0
    public var batch = 128
    public var epochs = 30
    /// Fixes every random number.
    public var seed: UInt64 = 1
    public var data = Data()
    public var augmentation = Augmentation()
    public var normalization = Normalization()
    public var initial = Initial()
    public var loss = Loss()
    public var optimizer = Optimizer()
    public var schedule = Schedule()
    public var checkpoint = Checkpoints()
    /// Prefixes of the names of weights that stay as they are.
    public var frozen: [String] = []

    public struct Data: Sendable, Codable, Hashable {
        /// Files or folders: CIFAR-10 batches (*.bin), folders with a folder for each class, or MNIST's images file.
        public var train: [String] = []
        /// The same, to measure accuracy on after an epoch; none: accuracy is not measured.
        public var test: [String] = []
        /// The most training pictures to take; 0: all.
        public var limit = 0
        /// Which way up the pictures of folders are read: upright, as their files say, or as they are stored.
        public var orientation = Picture.Orientation.upright
    }

    public struct Initial: Sendable, Codable, Hashable {
        /// An ONNX or safetensors file with the first weights by name; those it lacks are random. Empty: all are.
        public var weights = ""
        /// glorot (uniform, arXiv's "Xavier") or he (uniform, for ReLU).
        public var method = Method.glorot
        /// Of layers without batch normalisation.
        public var bias: Float = 0

        public enum Method: String, Sendable, Codable, Hashable { case glorot, he }
    }

    public struct Loss: Sendable, Codable, Hashable {
        /// What each output counts.
        public var weights: [Float] = [1, 0.3, 0.3]
        /// The share of the target that all classes have in common.
        public var smoothing: Float = 0
    }

    public struct Optimizer: Sendable, Codable, Hashable {
        public var kind = Kind.sgd
        public var momentum: Float = 0.9
        /// Adam's decay of squared gradients.
        public var secondDecay: Float = 0.999
        public var epsilon: Float = 1e-8
        public var weightDecay: Float = 0
        /// Factor of the learning rate for biases.
        public var biasRate: Float = 1
        /// Longer gradients are shortened to it; 0: none are.
        public var largestGradientNorm: Float = 0
        /// The share of the exponential average of weights (Polyak) that a step replaces; 0: no average.
        public var averageShare: Float = 0

        public enum Kind: String, Sendable, Codable, Hashable { case sgd, nesterov, adam }
    }

    public struct Checkpoints: Sendable, Codable, Hashable {
        /// Minutes between two checkpoints within an epoch; there is one after every epoch too.
        public var minutes = 5.0
        /// Epochs between two measurements of accuracy.
        public var testEpochs = 1
    }

    public init() {}

    /// Reads a configuration.
    ///
    /// - Throws: `fileNotFound`; `invalidInput` for a file that is no JSON, a field that does not exist, or a value that
    ///   makes no sense.
    public init(contentsOf path: String) throws {
        self = try locating(path) {
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw DeeperError(.fileNotFound, "cannot be read")
            }
            return try TrainingConfiguration(json: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// - Throws: as ``init(contentsOf:)``.
    public init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let given: JSONValue
        do {
            given = try decoder.decode(JSONValue.self, from: FoundationEssentials.Data(json.utf8))
        } catch {
            throw DeeperError(.invalidInput, "this is no JSON\(TrainingConfiguration.cause(of: error))")
        }
        do {
            self = try TrainingConfiguration(overDefaults: given)
        } catch let error as DeeperError {
            throw error
        } catch {
            // What a decoder says of the place and the value differs from one Foundation to the next.
            for (path, whole, field) in given.singleFields
            where (try? TrainingConfiguration(overDefaults: whole)) == nil {
                throw DeeperError(.invalidInput, "\(path) cannot be \(field.text)")
            }
            throw DeeperError(.invalidInput, "a field cannot be read: \(error)")
        }
        try check()
    }

    private init(overDefaults given: JSONValue) throws {
        let merged = try JSONValue(of: TrainingConfiguration()).overlaid(by: given)
        self = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(merged))
    }

    /// The names of the fields that another configuration has otherwise.
    func fieldsThatDiffer(from other: TrainingConfiguration) throws -> [String] {
        let (own, others) = try (JSONValue(of: self).singleFields, JSONValue(of: other).singleFields)
        return zip(own, others).filter { $0.field != $1.field }.map(\.0.path)
    }

    /// All fields, in JSON.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // Numbers, texts and lists of them: nothing that could not be encoded.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Where JSON ends to be JSON, if the decoder says so.
    private static func cause(of error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error, let cause = context.underlyingError else {
            return ""
        }
        return ": \(cause)"
    }

    /// - Throws: `invalidInput` for values that make no sense.
    func check() throws {
        func require(_ condition: Bool, _ text: String) throws {
            if !condition { throw DeeperError(.invalidInput, text) }
        }
        try require((1...1 << 20).contains(batch), "batch is \(batch), expected 1 to 1048576")
        try require((1...1 << 20).contains(epochs), "epochs is \(epochs), expected 1 to 1048576")
        try require((1...1 << 20).contains(classes), "classes is \(classes), expected 1 to 1048576")
        try require((0...16384).contains(extent), "extent is \(extent), expected 0 to 16384")
        try require(data.limit >= 0, "data.limit is \(data.limit), expected at least 0")
        try require(
            loss.weights.allSatisfy { $0.isFinite && $0 >= 0 } && (0..<1).contains(loss.smoothing),
            "loss: weights are finite and not negative, smoothing is 0..<1")
        try require(
            (0..<1).contains(optimizer.momentum) && (0..<1).contains(optimizer.secondDecay) && optimizer.epsilon > 0
                && optimizer.weightDecay >= 0 && optimizer.biasRate >= 0 && optimizer.largestGradientNorm >= 0
                && (0...1).contains(optimizer.averageShare),
            "optimizer: momentum and secondDecay are 0..<1, epsilon is positive, averageShare is 0...1, the rest not negative"
        )
        try require(
            checkpoint.minutes > 0 && checkpoint.minutes <= 1e6 && checkpoint.testEpochs > 0,
            "checkpoint: minutes and testEpochs are positive, minutes at most 1000000")
        try augmentation.check()
        try normalization.check()
        try schedule.check()
    }

    /// The options of the trainer that follow from the recipe.
    public func options(threads: Int) -> TrainingOptions {
        var options = TrainingOptions(batch: batch, threads: threads)
        options.lossWeights = loss.weights
        options.labelSmoothing = loss.smoothing
        options.rule =
            switch optimizer.kind {
            case .sgd: .momentum(optimizer.momentum, isNesterov: false)
            case .nesterov: .momentum(optimizer.momentum, isNesterov: true)
            case .adam:
                .adam(decay1: optimizer.momentum, decay2: optimizer.secondDecay, epsilon: optimizer.epsilon)
            }
        options.weightDecay = optimizer.weightDecay
        options.biasRate = optimizer.biasRate
        options.largestGradientNorm = optimizer.largestGradientNorm
        options.averageShare = optimizer.averageShare
        options.seed = seed
        options.isTrained = { [frozen] name in !frozen.contains { name.hasPrefix($0) } }
        return options
    }
}
