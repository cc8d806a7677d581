#if Server
internal import Deeper
internal import DeeperImaging
internal import DeeperInferenceProtocol
internal import DeeperMetrics
internal import DeeperModelServing
internal import DeeperTensors
internal import Logging
internal import Metrics
internal import Synchronization
internal import Tracing

/// The part of the server that both protocols share: the models, their scheduler, and the state of the server.
final class ServingCore: Sendable {
    let configuration: ServingConfiguration
    let repository: ModelRepository
    let registry: PrometheusRegistry
    let budget: ByteBudget
    let connections = OpenConnections()
    let logger: Logger
    let tracer: (any Tracer)?
    private let accessLog: (@Sendable (AccessRecord) -> Void)?
    private let scheduler: Scheduler
    private let codecs: WorkQueue
    private let isStopping = Atomic(false)
    /// The counters of responses, by name and status.
    private let counters = Mutex<[String: Counter]>([:])

    init(
        _ configuration: ServingConfiguration, repository: ModelRepository, pool: EnginePool,
        registry: PrometheusRegistry, logger: Logger, tracer: (any Tracer)?,
        accessLog: (@Sendable (AccessRecord) -> Void)?
    ) {
        self.configuration = configuration
        self.repository = repository
        self.registry = registry
        self.logger = logger
        self.tracer = tracer
        self.accessLog = accessLog
        budget = ByteBudget(limit: configuration.memory.pending)
        scheduler = Scheduler(pool: pool, waitingCalls: 1 << 20, budget: budget, tracer: tracer)
        // As many pictures and texts are coded at the same time as there are CPUs. Waiting work is limited by its
        // bytes, not here: an answer that is already computed must not be refused.
        codecs = WorkQueue(threads: EnginePool.availableCPUs, limit: 1 << 20)
    }

    /// Whether the server is ready for new requests.
    var isReady: Bool { !isEnding && repository.isReady }

    /// Whether the server was told to end: gRPC then reports calls that are still running as cancelled.
    var isEnding: Bool { isStopping.load(ordering: .relaxed) }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Whether HTTP accepts connections. SwiftNIO (2.101) ends the process if a connection is accepted while its
    /// listener closes, so accepting ends before that.
    let isAccepting = SharedFlag(true)

    /// - Parameter claim: holds the memory to which the response refers.
    func infer(
        _ request: InferenceRequest, on model: ServedModel, _ claim: ByteBudget.Claim
    ) async throws -> InferenceResponse {
        let answer = try await run(request, on: model)
        claim.keep(answer.memory)
        let work: @Sendable () throws -> InferenceResponse = {
            try model.statistics.timingOutput(rows: answer.rowCount) { try answer.response(to: request, of: model) }
        }
        // Elements are only referenced, but classes are searched for among all of them.
        let classifies = request.outputs?.contains { $0.classCount > 0 } ?? false
        return classifies ? try await coding(work) : try work()
    }

    func run(_ request: InferenceRequest, on model: ServedModel) async throws -> ModelAnswer {
        try await scheduler.run(request, on: model, timeoutNanoseconds: Int(configuration.queueTimeout * 1e9))
    }

    /// Reads a request for a model; a request that cannot be read is counted as failed.
    func reading<Output>(for model: ServedModel, _ body: () async throws -> Output) async throws -> Output {
        do {
            return try await body()
        } catch {
            model.statistics.failed(ServingError(error).kind)
            throw error
        }
    }

    /// Work on fewer bytes takes less time than handing it to other threads.
    private static let shortWork = 16 << 10

    /// Runs work on the given number of bytes; on the threads for long work if there are many.
    func coding<Output: Sendable>(
        byteCount: Int, _ work: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        byteCount <= Self.shortWork ? try work() : try await coding(work)
    }

    /// Runs long work on threads for that: on Swift's cooperative pool, work that grows with a request would block all
    /// other requests, including health probes.
    func coding<Output: Sendable>(_ work: @escaping @Sendable () throws -> Output) async throws -> Output {
        try await codecs.run(work)
    }

    /// - Throws: `forbidden` unless clients may load and unload models.
    func checkModelControl() throws {
        guard configuration.allowsModelControl else {
            throw ServingError(.forbidden, "this server does not let clients load and unload models")
        }
    }

    /// All metrics in Prometheus's text format.
    func metricsText() async throws -> String {
        try await coding {
            func gauge(_ name: String, _ value: Int, _ dimensions: [(String, String)] = []) {
                Gauge(label: name, dimensions: dimensions, factory: self.registry).record(value)
            }
            gauge("deeper_connections", self.connections.http.load(ordering: .relaxed), [("protocol", "http")])
            gauge("deeper_connections", self.connections.grpc.load(ordering: .relaxed), [("protocol", "grpc")])
            gauge("deeper_held_bytes", self.budget.usedBytes)
            gauge("deeper_held_limit_bytes", self.budget.limit)
            gauge("deeper_weight_bytes", self.repository.weightByteCount)
            ProcessMetrics.record(in: self.registry)
            return self.registry.text
        }
    }

    /// Records a request that has been answered.
    func log(_ record: AccessRecord) {
        accessLog?(record)
        logger.debug(
            "request",
            metadata: [
                "request_id": "\(record.requestID)", "client": "\(record.client ?? "")", "method": "\(record.method)",
                "path": "\(record.path ?? "")", "status": "\(record.status)", "seconds": "\(record.seconds)",
            ])
    }

    /// Counts a response.
    func count(_ transport: String, status: String) {
        let label = "deeper_\(transport)_responses_total"
        // The registry takes longer to find a counter than to count.
        let counter = counters.withLock { counters in
            if let known = counters["\(label) \(status)"] { return known }
            let fresh = Counter(label: label, dimensions: [("status", status)], factory: registry)
            counters["\(label) \(status)"] = fresh
            return fresh
        }
        counter.increment()
    }
}
#endif
