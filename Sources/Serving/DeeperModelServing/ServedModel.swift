#if Server
public import Deeper
internal import DeeperGraphs
public import DeeperImaging
public import DeeperInferenceProtocol
internal import DeeperTensors
internal import Metrics

/// One version of a model, ready to run.
public final class ServedModel: Sendable {
    public let source: ModelSource
    public let version: String
    public let description: ModelDescription
    public let statistics: ModelStatistics
    public let engine: Engine
    /// How a picture becomes the model's input.
    public let preprocessing: Preprocessing
    /// Names of the classes by position in ``labelledOutput``, as the source or the model gives them.
    public let labels: [String]?
    /// The output that the labels belong to: the first one with as many scores, otherwise the first.
    let labelledOutput: String?
    /// The names for pictures; their preprocessing may tell what the network was trained on.
    public let pictureLabels: [String]?
    /// Notes for the operator of the server: what was assumed because nothing was specified, and why requests are not
    /// joined although that is allowed.
    public let notes: [String]

    /// The number of requests that may wait.
    let queueLimit: Int
    /// The stamp of the model's file when it was read.
    let stamp: FileStamp?
    /// The approximate memory of the weights in bytes: as they were read, and as kernels read them.
    public let weightByteCount: Int

    /// Initialisers that the model lists as inputs.
    private let initializers: Set<String>

    public var name: String { source.name }
    /// The largest number of rows in one request; 0 if the first dimension is not a batch.
    var maxBatch: Int { description.maxBatch }
    /// The number of rows up to which requests are joined.
    var preferredBatch: Int { description.preferredBatch }

    /// Prepares the model and runs it, so that the first request does not have to wait for that.
    ///
    /// - Throws: the errors of the engine for a model that it cannot run.
    init(
        _ source: ModelSource, version: String, model: Model, stamp: FileStamp? = nil, options: EngineOptions,
        pool: EnginePool, metrics: any MetricsFactory
    ) throws {
        var options = options
        // A plan for each number of rows that requests are joined to, and for some that clients bring themselves.
        options.preparedPlanCount = max(options.preparedPlanCount, 16)
        let engine = try Engine(model, options: options, pool: pool)
        let ports = try ModelPorts(of: engine)
        var batch = ports.hasBatch ? source.maxBatch : 0
        var preferred = 1
        var notes = model.notes
        var rowTime = 0.0
        let (trial, example) = try locating("warm-up of model \"\(source.name)\"") {
            let trial = try TrialInputs(of: model, source, hasBatch: ports.hasBatch)
            let example = trial.isGiven ? try trial.tensors() : try? trial.tensors()
            if let example { _ = try engine.plan(for: example) }
            return (trial, example)
        }
        if let note = trial.note(example) { notes.append(note) }
        if let example {
            do {
                if batch > 1, try !BatchProof.holds(engine, example, trial) {
                    notes.append("rows change when they are run together with others, so requests are run one by one")
                    batch = 0
                }
            } catch let error as DeeperError where error.code == .limitExceeded {
                notes.append("two rows do not fit into the working memory, so requests of one row are run one by one")
                batch = 1
            }
            // Warms up, too.
            if batch <= 1 {
                rowTime = try pool.whileCrowded { try BatchMeasurement.nanosecondsPerRow(engine, trial, 1) }
            }
            if batch > 1 {
                let measured = try pool.whileCrowded { try BatchMeasurement.rows(engine, trial, largest: batch) }
                if measured.largest < batch {
                    notes.append("more than \(measured.largest) rows do not fit into the working memory")
                    batch = measured.largest
                }
                rowTime = measured.rowTime
                preferred = min(source.preferredBatch ?? measured.best, batch)
            }
        }
        self.source = source
        self.version = version
        self.engine = engine
        self.stamp = stamp
        self.queueLimit =
            source.queueLimit ?? Self.queueLimit(rowTime / Double(pool.concurrentCalls), source.queueLatency)
        self.weightByteCount = model.graph.constants.values.reduce(0) { $0 + 2 * $1.byteCount }
        self.initializers = Set(
            model.graph.inputs.filter { model.graph.constants[$0.value] != nil }.map { model.graph.name(of: $0.value) })
        let classifier = try ServedClassifier(source, model)
        self.preprocessing = classifier.preprocessing
        (self.labels, self.pictureLabels) = (classifier.labels, classifier.pictureLabels)
        let scores = try? model.graph.scoreOutput(labelCount: classifier.labels?.count)
        self.labelledOutput = scores?.name ?? model.outputNames.first
        self.notes = notes + classifier.notes
        self.description = ModelDescription(
            name: source.name, versions: [version], inputs: ports.inputs, outputs: ports.outputs, maxBatch: batch,
            preferredBatch: preferred, maxDelayMicroseconds: source.maxDelayMicroseconds)
        self.statistics = ModelStatistics(name: source.name, version: version, factory: metrics)
    }

    private static let queueLimits = 8...8192

    /// The number of requests that are computed within the given seconds. A few may always wait: requests that come in
    /// bursts are better computed late than refused.
    private static func queueLimit(_ rowNanoseconds: Double, _ seconds: Double) -> Int {
        let count = rowNanoseconds > 0 ? seconds * 1e9 / rowNanoseconds : Double(queueLimits.upperBound)
        return max(queueLimits.lowerBound, Int(min(Double(queueLimits.upperBound), count)))
    }

    /// Checks a request against the inputs and outputs of the model, before it may join others.
    ///
    /// - Returns: the number of its rows.
    /// - Throws: `badRequest` naming the input and the types expected.
    func rows(of request: InferenceRequest) throws -> Int {
        var types: [String: TensorType] = [:]
        for input in request.inputs {
            guard !initializers.contains(input.name) else {
                throw ServingError(
                    .badRequest,
                    "input \"\(input.name)\" of model \"\(name)\" has a value in the model's file, which requests cannot "
                        + "replace, since they are run together")
            }
            guard types.updateValue(TensorType(input.elementType, input.shape), forKey: input.name) == nil else {
                throw ServingError(.badRequest, "input \"\(input.name)\" comes twice")
            }
        }
        do {
            _ = try locating("model \"\(name)\"") { try engine.graph.bind(types) }
        } catch let error as DeeperError {
            throw ServingError(.badRequest, "\(error)")
        }
        for output in request.outputs ?? [] where !description.outputs.contains(where: { $0.name == output.name }) {
            let names = description.outputs.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw ServingError(.badRequest, "model \"\(name)\" has no output \"\(output.name)\", only \(names)")
        }
        guard maxBatch > 0 else { return 1 }
        let rows = request.inputs.first?.shape.dimensions.first ?? 0
        guard rows > 0, request.inputs.allSatisfy({ $0.shape.dimensions.first == rows }) else {
            throw ServingError(
                .badRequest, "model \"\(name)\": the first dimension of all inputs should be one batch, at least 1")
        }
        guard rows <= maxBatch else {
            throw ServingError(
                .badRequest, "model \"\(name)\": a batch of \(rows) is above the largest one, \(maxBatch)")
        }
        return rows
    }
}
#endif
