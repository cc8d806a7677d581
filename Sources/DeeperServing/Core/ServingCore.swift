#if Server
internal import Deeper
internal import Imaging
internal import InferenceProtocol
internal import Logging
internal import Metrics
internal import ModelServing
internal import PrometheusMetrics
internal import Synchronization
internal import Tensors
internal import Tracing

/// What both protocols serve: models, their scheduler, and how the server does.
final class ServingCore: Sendable {
    let configuration: ServingConfiguration
    let repository: ModelRepository
    let registry: PrometheusRegistry
    let budget: ByteBudget
    let logger: Logger
    let tracer: (any Tracer)?
    private let scheduler: Scheduler
    private let codecs: WorkQueue
    private let isStopping = Atomic(false)

    init(
        _ configuration: ServingConfiguration, repository: ModelRepository, pool: EnginePool,
        registry: PrometheusRegistry, logger: Logger, tracer: (any Tracer)?
    ) {
        self.configuration = configuration
        self.repository = repository
        self.registry = registry
        self.logger = logger
        self.tracer = tracer
        budget = ByteBudget(limit: configuration.maxPendingBytes)
        scheduler = Scheduler(
            pool: pool, limits: .init(waitingCalls: 1 << 20, waitingBytes: configuration.maxPendingBytes),
            tracer: tracer)
        // As many pictures and texts at once as there are CPUs. What waits is bounded by its bytes, not here: an answer
        // that is computed already must not be refused.
        codecs = WorkQueue(threads: EnginePool.availableCPUs, limit: 1 << 20)
    }

    /// Whether new requests are welcome.
    var isReady: Bool { !isEnding && repository.isReady }

    /// Whether the server was told to end: gRPC then reports calls that go on as cancelled.
    var isEnding: Bool { isStopping.load(ordering: .relaxed) }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    func infer(_ request: InferenceRequest, on model: ServedModel) async throws -> InferenceResponse {
        let answer = try await run(request, on: model)
        let work: @Sendable () throws -> InferenceResponse = {
            try model.statistics.timingOutput(rows: answer.rowCount) { try answer.response(to: request, of: model) }
        }
        // Elements are only referred to; classes are looked for among all of them.
        let classifies = request.outputs?.contains { $0.classCount > 0 } ?? false
        return classifies ? try await coding(work) : try work()
    }

    /// Names the classes of an encoded picture.
    func classify(
        _ picture: [UInt8], on model: ServedModel, top: Int, orientation: Picture.Orientation
    ) async throws -> [Prediction] {
        let request = try await reading(for: model) {
            try await coding {
                let limits = DecodingLimits(maxFileBytes: self.configuration.maxBodyBytes)
                let decoded = try Picture(decoding: picture, limits: limits, orientation: orientation)
                var batch = PictureBatch(preprocessing: model.preprocessing)
                try batch.append(decoded)
                let inputs = try model.engine.filledInput(of: batch)
                return InferenceRequest(
                    inputs: try inputs.map { name, tensor in
                        try InferenceRequest.Input(
                            name: name, elementType: tensor.elementType, shape: tensor.shape, content: tensor)
                    })
            }
        }
        let answer = try await run(request, on: model)
        return try await coding { try answer.predictions(of: model, top: top) }
    }

    private func run(_ request: InferenceRequest, on model: ServedModel) async throws -> ModelAnswer {
        try await scheduler.run(request, on: model, timeoutNanoseconds: Int(configuration.queueTimeout * 1e9))
    }

    /// Reads a request for a model; one that cannot be read counts as failed.
    func reading<Output>(for model: ServedModel, _ body: () async throws -> Output) async throws -> Output {
        do {
            return try await body()
        } catch {
            model.statistics.failed(ServingError(error).kind)
            throw error
        }
    }

    /// Work on fewer bytes takes less time than to hand it to other threads.
    private static let shortWork = 16 << 10

    /// Does work on so many bytes, on the threads for long work if they are many.
    func coding<Output: Sendable>(
        byteCount: Int, _ work: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        byteCount <= Self.shortWork ? try work() : try await coding(work)
    }

    /// Does work that takes long on threads for that: what grows with a request would hold up all other requests on
    /// Swift's cooperative pool, health probes too.
    func coding<Output: Sendable>(_ work: @escaping @Sendable () throws -> Output) async throws -> Output {
        try await codecs.run(work)
    }

    /// - Throws: `forbidden` unless clients may load and unload models.
    func checkModelControl() throws {
        guard configuration.allowsModelControl else {
            throw ServingError(.forbidden, "this server does not let clients load and unload models")
        }
    }

    /// Counts a response.
    func count(_ transport: String, status: String) {
        Counter(label: "deeper_\(transport)_responses_total", dimensions: [("status", status)], factory: registry)
            .increment()
    }
}
#endif
