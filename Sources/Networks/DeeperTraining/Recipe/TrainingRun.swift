public import Deeper
internal import DeeperGraphs
public import DeeperImaging
internal import DeeperImport
internal import DeeperTensors
internal import DeeperZoo
internal import FoundationEssentials

/// A training run that carries out a recipe: data, network, steps, measurements and checkpoints.
public final class TrainingRun {
    /// The progress of the training after a step.
    public struct Progress: Sendable {
        /// The number of finished steps of all epochs.
        public var step: Int
        /// The epoch of this step, counted from 0.
        public var epoch: Int
        /// The number of steps of all epochs.
        public var totalSteps: Int
        /// The number of steps in an epoch.
        public var stepsPerEpoch: Int
        /// The learning rate of this step.
        public var rate: Double
        /// The losses of this step, for each output.
        public var losses: [Float]
        /// The shares of this step's pictures that each output classified correctly.
        public var accuracies: [Double]
        /// The Euclidean norm of the gradient before it was shortened; nil unless the recipe limits it.
        public var gradientNorm: Double?
    }

    /// The accuracy on the test pictures after an epoch.
    public struct Measurement: Sendable {
        /// The number of finished epochs.
        public var epoch: Int
        /// The number of finished steps of all epochs.
        public var step: Int
        /// The share of pictures whose class has the highest score.
        public var top1: Double
        /// The share of pictures whose class is among the five highest scores.
        public var top5: Double
        /// The number of test pictures.
        public var count: Int
    }

    /// How a run ended.
    public enum Outcome: Sendable, Hashable {
        /// All epochs were trained.
        case finished
        /// The run was asked to stop; the checkpoint holds its whole state.
        case stopped
    }

    /// The recipe.
    public let configuration: TrainingConfiguration
    /// The network with its weights.
    public let trainer: Trainer
    /// The number of steps in an epoch; pictures that do not fill a batch are left out.
    public let stepsPerEpoch: Int
    /// The number of steps of all epochs.
    public var totalSteps: Int { stepsPerEpoch * configuration.epochs }
    /// Files that were left out of the training and the test pictures, and why.
    public let skipped: [SkippedFile]
    /// Remarks for the user about the data.
    public let notes: [String]
    /// The names of the classes, if the training pictures have them.
    public let classNames: [String]?
    /// The fields of the recipe whose values differ from those of the checkpoint, if the run continues from one.
    public let changedFields: [String]
    /// The last measured accuracy on the test pictures; below 0 if none was measured.
    public private(set) var accuracy = -1.0
    private let loader: BatchLoader
    private let tests: PictureStore?
    private let threads: Int
    private let checkpointPath: String

    /// Reads the data and prepares the network.
    ///
    /// - Parameters:
    ///   - configuration: the recipe.
    ///   - path: the path that the state is written to, and read from if `resumes`.
    ///   - resumes: whether the run continues from the checkpoint.
    ///   - threads: the number of threads that compute; an additional one prepares data.
    ///   - memoryLimitBytes: the memory that a step, the training pictures and the test pictures may each take.
    ///   - limits: the limits for picture files in folders.
    /// - Throws: `invalidInput`, `invalidModel`, `fileNotFound`, `unsupported` or `limitExceeded`, naming the problem.
    public init(
        _ configuration: TrainingConfiguration, checkpoint path: String, resumes: Bool, threads: Int,
        memoryLimitBytes: Int = 16 << 30, limits: DecodingLimits = DecodingLimits()
    ) throws {
        try configuration.check()
        self.configuration = configuration
        self.threads = threads
        self.checkpointPath = path
        let graph = try TrainingRun.graph(configuration)
        var options = configuration.options(threads: threads)
        options.memoryLimitBytes = memoryLimitBytes
        let trainer = try Trainer(graph, options: options)
        self.trainer = trainer
        try Checkpoint.checkNames(trainer.parameters)
        let shape = trainer.pictureShape
        guard shape[0] == 3 else {
            throw DeeperError(.unsupported, "the network takes \(shape[0]) channels; training takes 3")
        }
        let extent = Extent(width: shape[2], height: shape[1])
        let data = configuration.data
        let pictures = try TrainingData.open(data.train, limits, data.orientation)
        var notes = try TrainingData.check(pictures, outputCount: trainer.classCount).map { [$0] } ?? []
        let testPictures =
            data.test.isEmpty ? nil : try TrainingData.open(data.test, limits, data.orientation)
        let testOutputs = try testPictures.map {
            try TrainingData.outputs(of: $0, trainedWith: pictures, outputCount: trainer.classCount)
        }
        let train = try PictureStore(
            pictures, classCount: trainer.classCount, limit: data.limit == 0 ? .max : data.limit,
            shrinksTo: configuration.augmentation.cropsArea ? nil : extent, memoryLimitBytes: memoryLimitBytes,
            threads: threads)
        tests = try testPictures.map {
            try PictureStore(
                $0, classCount: trainer.classCount, outputs: testOutputs, shrinksTo: extent,
                memoryLimitBytes: memoryLimitBytes, threads: threads)
        }
        let own = try TrainingRun.labels(configuration, classCount: trainer.classCount)
        let checkpoint = resumes ? try Checkpoint(contentsOf: path) : nil
        try checkpoint?.checkClasses(train.classNames ?? own)
        classNames = train.classNames ?? own ?? checkpoint?.classNames
        if let classNames { try locating("classes of the training pictures") { try ClassLabels.check(classNames) } }
        if let own, own != classNames {
            notes.append("the names of the training pictures' classes replace the network's own labels")
        }
        self.notes = notes
        skipped = train.skipped + (tests?.skipped ?? [])
        if let checkpoint {
            try checkpoint.restore(trainer)
            accuracy = checkpoint.accuracy
            changedFields = try configuration.fieldsThatDiffer(from: checkpoint.configuration)
        } else {
            changedFields = []
            try TrainingRun.initialize(trainer, configuration)
        }
        loader = try BatchLoader(
            train, batch: configuration.batch, extent: extent,
            augmentation: configuration.augmentation, normalization: configuration.normalization,
            seed: configuration.seed, first: trainer.stepCount)
        stepsPerEpoch = loader.stepsPerEpoch
    }

    /// Trains until all epochs are done or `shouldStop`, which is called after every step, returns true.
    ///
    /// - Throws: `invalidInput` if a loss or weight is not finite or explodes; the last checkpoint is then kept. The
    ///   errors of data and files.
    public func run(
        shouldStop: () -> Bool = { false }, onStep: (Progress) throws -> Void = { _ in },
        onMeasurement: (Measurement) throws -> Void = { _ in }
    ) throws -> Outcome {
        var lastSaved = ContinuousClock.now
        while trainer.stepCount < totalSteps {
            let step = trainer.stepCount
            let rate = configuration.schedule.rate(
                step: step, stepsPerEpoch: stepsPerEpoch, epochs: configuration.epochs)
            let batch = try loader.next()
            let result = try trainer.computeGradients(pictures: batch.pictures, labels: batch.labels)
            guard result.total.isFinite, result.total < TrainingRun.explodedLoss else {
                throw DeeperError(
                    .invalidInput,
                    "the loss is \(result.total) at step \(step), epoch \(step / stepsPerEpoch): the learning rate "
                        + "\(rate) may be too high; \(checkpointPath) holds the last good state, if there was one")
            }
            try trainer.reduceGradients?(trainer.gradients)
            let norm = try trainer.applyGradients(rate: Float(rate))
            try onStep(
                Progress(
                    step: trainer.stepCount, epoch: step / stepsPerEpoch, totalSteps: totalSteps,
                    stepsPerEpoch: stepsPerEpoch, rate: rate, losses: result.losses,
                    accuracies: result.hits.map { Double($0) / Double(configuration.batch) }, gradientNorm: norm))
            let isEpochDone = trainer.stepCount % stepsPerEpoch == 0
            let isStopping = shouldStop()
            let isDue = ContinuousClock.now - lastSaved > .seconds(configuration.checkpoint.minutes * 60)
            if isEpochDone || isStopping || isDue {
                // The update may have made weights useless, which the loss computed before it does not show.
                try checkWeights(rate)
                try save()
                lastSaved = .now
            }
            if isEpochDone {
                let epoch = trainer.stepCount / stepsPerEpoch
                if epoch % configuration.checkpoint.testEpochs == 0 || epoch == configuration.epochs,
                    let measured = try measure()
                {
                    accuracy = measured.top1
                    try save()
                    try onMeasurement(measured)
                }
            }
            if isStopping, trainer.stepCount < totalSteps { return .stopped }
        }
        return .finished
    }

    private func checkWeights(_ rate: Double) throws {
        let largest = trainer.largestWeight
        guard largest.isFinite, largest < TrainingRun.explodedWeight else {
            throw DeeperError(
                .invalidInput,
                "a weight is \(largest) after step \(trainer.stepCount): the learning rate \(rate) may be too high; "
                    + "\(checkpointPath) holds the last good state, if there was one")
        }
    }

    /// Writes the checkpoint.
    public func save() throws {
        try Checkpoint.write(
            trainer, configuration, classNames: classNames, accuracy: accuracy, to: checkpointPath)
    }

    /// Top-1 and top-5 accuracy of the first output on the test pictures, with the average of the weights if one is
    /// kept.
    public func measure() throws -> Measurement? {
        guard let tests else { return nil }
        var graph = try trainer.trainedGraph(isAveraged: true)
        graph.outputs = Array(graph.outputs.prefix(1))
        let engine = try Engine(Model(graph: graph), options: EngineOptions(threads: threads))
        let shape = trainer.pictureShape
        let preprocessing = configuration.normalization.preprocessing(Extent(width: shape[2], height: shape[1]))
        var first = 0, fifth = 0
        for start in stride(from: 0, to: tests.count, by: 64) {
            let range = start..<min(start + 64, tests.count)
            let answers = try engine.classifyBlocking(
                batch: range.map { tests[$0].picture }, preprocessing: preprocessing, top: 5)
            for (index, answer) in zip(range, answers) where answer.first?.score.isNaN == false {
                let label = tests[index].label
                if answer.first?.index == label { first += 1 }
                if answer.contains(where: { $0.index == label }) { fifth += 1 }
            }
        }
        return Measurement(
            epoch: trainer.stepCount / max(1, stepsPerEpoch), step: trainer.stepCount,
            top1: Double(first) / Double(tests.count), top5: Double(fifth) / Double(tests.count), count: tests.count)
    }

    /// A loss that no useful network has.
    private static let explodedLoss: Float = 1000
    /// A magnitude that no weight of a useful network has.
    private static let explodedWeight: Float = 1e6

    /// The labels of a network from a file, if there is one per class.
    private static func labels(_ configuration: TrainingConfiguration, classCount: Int) throws -> [String]? {
        guard !ModelZoo.names.contains(configuration.network) else { return nil }
        let labels = try Model(contentsOf: URL(fileURLWithPath: configuration.network)).labels
        return labels?.count == classCount ? labels : nil
    }

    /// The network that a recipe names.
    public static func graph(_ configuration: TrainingConfiguration) throws -> Graph {
        if ModelZoo.names.contains(configuration.network) {
            return try ModelZoo.graph(
                named: configuration.network, classCount: configuration.classes,
                extent: configuration.extent == 0 ? nil : configuration.extent, weights: .seeded(configuration.seed))
        }
        var graph = try ModelFormats.readWeights(path: configuration.network).graph
        if configuration.extent > 0 { try fix(configuration.extent, in: &graph) }
        return graph
    }

    /// Sets the height and width of an ONNX file's pictures, which the file may leave open.
    private static func fix(_ extent: Int, in graph: inout Graph) throws {
        for index in graph.inputs.indices where graph.constants[graph.inputs[index].value] == nil {
            guard var dimensions = graph.inputs[index].type.dimensions, dimensions.count == 4 else { continue }
            for axis in 2...3 {
                if case .fixed(let own) = dimensions[axis], own != extent {
                    throw DeeperError(
                        .invalidInput, "the recipe's extent is \(extent), the network takes \(graph.inputs[index].type)"
                    )
                }
                dimensions[axis] = .fixed(extent)
            }
            graph.inputs[index].type.dimensions = dimensions
        }
    }

    private static func initialize(_ trainer: Trainer, _ configuration: TrainingConfiguration) throws {
        let initial = configuration.initial
        let isBuiltIn = ModelZoo.names.contains(configuration.network)
        if isBuiltIn { trainer.initialize(initial.method, bias: initial.bias, seed: configuration.seed) }
        guard !initial.weights.isEmpty else { return }
        let found = try namedWeights(initial.weights)
        var taken = 0
        try trainer.load { name in
            guard let tensor = try found(name), tensor.shape == trainer.parameters[name]?.shape else { return nil }
            taken += 1
            return try tensor.elements(as: Float.self)
        }
        guard taken > 0 else {
            throw DeeperError(.invalidInput, "\(initial.weights) has no weight of the network's names and shapes")
        }
    }

    private static func namedWeights(_ path: String) throws -> (String) throws -> Tensor? {
        if path.hasSuffix(".safetensors") {
            let file = try SafetensorsFile(path: path)
            return { name in file.entry(named: name) == nil ? nil : try file.tensor(named: name) }
        }
        let graph = try ModelFormats.readWeights(path: path).graph
        let named = Dictionary(graph.constants.map { (graph.name(of: $0.key), $0.value) }) { first, _ in first }
        return { named[$0] }
    }
}
