internal import DeeperGraphs
public import DeeperImaging
internal import DeeperImport
internal import DeeperKernels
internal import DeeperTensors
internal import FoundationEssentials

/// A training recipe, usually read from a JSON file (with comments and trailing commas allowed). Every field has a
/// default; docs/training.md explains the fields.
public struct TrainingConfiguration: Sendable, Codable, Hashable {
    /// A built-in network (those ending in -train have auxiliary heads) or an ONNX file.
    public var network = "inception-cifar10-train"
    /// The number of classes of a built-in network.
    public var classes = 10
    /// The height and width of the pictures; 0: those of the network.
    public var extent = 0
    /// The number of pictures in a step.
    public var batch = 128
    /// The number of times that every training picture is used.
    public var epochs = 30
    /// The seed of all random numbers.
    public var seed: UInt64 = 1
    /// The pictures to train on and to measure with.
    public var data = Data()
    /// Random changes to the training pictures.
    public var augmentation = Augmentation()
    /// How pixels become the network's input.
    public var normalization = Normalization()
    /// The initial weights.
    public var initial = Initial()
    /// What is minimised.
    public var loss = Loss()
    /// How gradients change the weights.
    public var optimizer = Optimizer()
    /// The learning rate of every step.
    public var schedule = Schedule()
    /// When checkpoints are written and accuracy is measured.
    public var checkpoint = Checkpoints()
    /// Prefixes of the names of weights that are not trained.
    public var frozen: [String] = []

    /// The data sets of a recipe.
    public struct Data: Sendable, Codable, Hashable {
        /// Files or folders: CIFAR-10 batches (*.bin), folders with one folder per class, or MNIST's images file.
        public var train: [String] = []
        /// The same for the pictures on which accuracy is measured after an epoch. If empty, accuracy is not measured.
        public var test: [String] = []
        /// The largest number of training pictures to take; 0: all.
        public var limit = 0
        /// The orientation in which pictures in folders are read: upright, as their files say, or as they are stored.
        public var orientation = Picture.Orientation.upright
    }

    /// The initial weights of a recipe.
    public struct Initial: Sendable, Codable, Hashable {
        /// An ONNX or safetensors file with initial weights by name; weights that it lacks are random. If empty, all
        /// weights are random.
        public var weights = ""
        /// glorot (uniform, also known as "Xavier") or he (uniform, for ReLU).
        public var method = Method.glorot
        /// The initial bias of layers that have one.
        public var bias: Float = 0

        /// The distribution of random weights.
        public enum Method: String, Sendable, Codable, Hashable {
            /// Uniform, by the mean of a layer's inputs and outputs (Glorot and Bengio, 2010).
            case glorot
            /// Uniform, by a layer's inputs, for layers before a ReLU (He et al., arXiv 1502.01852).
            case he
        }
    }

    /// The loss of a recipe: the weighted sum of the outputs' cross-entropies.
    public struct Loss: Sendable, Codable, Hashable {
        /// The weight of each output in the loss.
        public var weights: [Float] = [1, 0.3, 0.3]
        /// The share of the target that is distributed over all classes.
        public var smoothing: Float = 0
    }

    /// The optimizer of a recipe.
    public struct Optimizer: Sendable, Codable, Hashable {
        /// The rule by which gradients change the weights.
        public var kind = Kind.sgd
        /// The momentum of `sgd` and `nesterov`; Adam's decay of gradients.
        public var momentum: Float = 0.9
        /// Adam's decay of squared gradients.
        public var secondDecay: Float = 0.999
        /// What Adam adds to its divisor.
        public var epsilon: Float = 1e-8
        /// The factor by which weights are added to their gradients. Biases and scales do not decay.
        public var weightDecay: Float = 0
        /// The factor of the learning rate for biases.
        public var biasRate: Float = 1
        /// The largest norm of the gradient; longer gradients are shortened to it. 0: no limit.
        public var largestGradientNorm: Float = 0
        /// The share of the exponential average of weights (Polyak) that a step replaces; 0: no average.
        public var averageShare: Float = 0

        /// The rule by which gradients change the weights.
        public enum Kind: String, Sendable, Codable, Hashable {
            /// Stochastic gradient descent with momentum.
            case sgd
            /// The same with Nesterov's momentum.
            case nesterov
            /// Adam (Kingma and Ba, arXiv 1412.6980).
            case adam
        }
    }

    /// The intervals between checkpoints and between measurements.
    public struct Checkpoints: Sendable, Codable, Hashable {
        /// The number of minutes between two checkpoints within an epoch; a checkpoint is also written after every
        /// epoch.
        public var minutes = 5.0
        /// The number of epochs between two measurements of accuracy.
        public var testEpochs = 1
    }

    /// The defaults of all fields.
    public init() {}

    /// Reads a configuration.
    ///
    /// - Throws: `fileNotFound`; `invalidInput` for a file that is not JSON, a field that does not exist, or an invalid
    ///   value.
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
            throw DeeperError(.invalidInput, "this is not JSON\(TrainingConfiguration.cause(of: error))")
        }
        do {
            self = try TrainingConfiguration(overDefaults: given)
        } catch let error as DeeperError {
            throw error
        } catch {
            // A decoder's description of the field and the value differs between versions of Foundation.
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

    /// The names of the fields whose values differ from those of another configuration.
    func fieldsThatDiffer(from other: TrainingConfiguration) throws -> [String] {
        let (own, others) = try (JSONValue(of: self).singleFields, JSONValue(of: other).singleFields)
        return zip(own, others).filter { $0.field != $1.field }.map(\.0.path)
    }

    /// All fields, in JSON.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // The fields are numbers, texts and lists of them, which can always be encoded.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Where the JSON is malformed, if the decoder says so.
    private static func cause(of error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error, let cause = context.underlyingError else {
            return ""
        }
        return ": \(cause)"
    }

    /// - Throws: `invalidInput` for invalid values.
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
            "optimizer: momentum and secondDecay are 0..<1, epsilon is positive, averageShare is 0...1, the rest not "
                + "negative"
        )
        try require(
            checkpoint.minutes > 0 && checkpoint.minutes <= 1e6 && checkpoint.testEpochs > 0,
            "checkpoint: minutes and testEpochs are positive, minutes at most 1000000")
        try augmentation.check()
        try normalization.check()
        try schedule.check()
    }

    /// The trainer options that the recipe specifies.
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
