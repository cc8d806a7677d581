#if Server
public import Deeper
public import DeeperInferenceProtocol
internal import DeeperTensors
public import Logging
public import Metrics
internal import Synchronization

/// The models of a server, by name and version. Models can be loaded, replaced and unloaded while requests are served.
///
/// A request keeps the version that it found, so unloading a version does not affect requests that were accepted.
public final class ModelRepository: Sendable {
    public enum State: String, Sendable {
        case ready = "READY"
        case loading = "LOADING"
        case unavailable = "UNAVAILABLE"
    }

    /// The state of one version, as clients receive it.
    public struct Entry: Sendable, Equatable {
        public let name: String
        /// Empty if no version is known.
        public let version: String
        public let state: State
        /// Why the version is not ready; empty if it is ready.
        public let reason: String
    }

    private let generations = Atomic(0)
    let slots: Mutex<[String: ModelSlot]>
    private let options: EngineOptions
    private let pool: EnginePool
    private let memory: ModelMemory?
    private let reader: @Sendable (String) throws -> Model
    private let metrics: any MetricsFactory
    let logger: Logger
    let loader = WorkQueue(threads: 1, limit: 1024)

    /// - Parameters:
    ///   - sources: the models that may be loaded; their names differ.
    ///   - pool: the pool that the engines of all models share.
    ///   - memory: the memory that weights and working memory share; a model whose weights would not leave enough is
    ///     not loaded. If nil, the pool keeps its limit.
    ///   - reader: reads a model from the path of a source.
    /// - Throws: `invalidInput` for an invalid source.
    public init(
        _ sources: [ModelSource], options: EngineOptions, pool: EnginePool, memory: ModelMemory? = nil,
        metrics: any MetricsFactory, logger: Logger, reader: @escaping @Sendable (String) throws -> Model
    ) throws {
        var slots: [String: ModelSlot] = [:]
        for source in sources {
            try source.validate()
            guard slots.updateValue(ModelSlot(source: source, generation: 0), forKey: source.name) == nil else {
                throw DeeperError(.invalidInput, "two models are named \"\(source.name)\"")
            }
        }
        self.slots = Mutex(slots)
        self.options = options
        self.pool = pool
        self.memory = memory
        self.reader = reader
        self.metrics = metrics
        self.logger = logger
    }

    /// The names of all models, loaded or not.
    public var names: [String] { slots.withLock { $0.keys.sorted() } }

    /// Whether every required model is ready.
    public var isReady: Bool {
        slots.withLock { slots in
            slots.values.allSatisfy { !$0.isRequired || $0.condition == .ready || $0.condition == .unloaded }
        }
    }

    /// All versions of all models, by name.
    public var index: [Entry] {
        slots.withLock { slots in
            slots.sorted { $0.key < $1.key }.flatMap { name, slot in
                slot.versions.isEmpty
                    ? [Entry(name: name, version: "", state: slot.condition.state, reason: slot.condition.reason)]
                    : slot.versions.map { Entry(name: name, version: $0.version, state: .ready, reason: "") }
            }
        }
    }

    /// The versions of all models that are ready.
    public var readyModels: [ServedModel] {
        slots.withLock { slots in slots.sorted { $0.key < $1.key }.flatMap(\.value.versions) }
    }

    /// A version of a model, or the newest one.
    ///
    /// - Throws: `notFound` for an unknown name or version; `unavailable` for a model that is not loaded.
    public func model(_ name: String, version: String? = nil) throws -> ServedModel {
        try slots.withLock { slots in
            guard let slot = slots[name] else { throw ServingError(.notFound, "there is no model \"\(name)\"") }
            guard let newest = slot.versions.last else {
                throw ServingError(
                    slot.condition == .unloaded ? .notFound : .unavailable,
                    "model \"\(name)\" is not ready: \(slot.condition.reason)")
            }
            guard let version, !version.isEmpty else { return newest }
            guard let model = slot.versions.first(where: { $0.version == version }) else {
                let known = slot.versions.map(\.version).joined(separator: ", ")
                throw ServingError(.notFound, "model \"\(name)\" has no version \"\(version)\", only \(known)")
            }
            return model
        }
    }

    /// Whether a version of a model, or its newest one, exists and is ready.
    public func isReady(_ name: String, version: String? = nil) -> Bool {
        (try? model(name, version: version)) != nil
    }

    /// The description of a version of a model that clients receive, with the model's other versions.
    public func description(_ name: String, version: String? = nil) throws -> ModelDescription {
        var description = try model(name, version: version).description
        description.versions = slots.withLock { $0[name]?.versions.map(\.version) ?? [] }
        return description
    }

    /// Loads or reloads a model; the old one answers requests until the new one is ready.
    ///
    /// - Throws: `notFound` for a name that no source has; the errors of reading the model, after which the old one
    ///   stays.
    public func load(_ name: String) async throws { try await load(name, keepingUnchanged: false) }

    func load(_ name: String, keepingUnchanged: Bool) async throws {
        let number = nextGeneration()
        let (source, generation, old) = try change(name) { slot in
            guard slot.loading == nil else {
                throw ServingError(.unavailable, "model \"\(name)\" is being loaded already")
            }
            slot.loading = number
            if slot.versions.isEmpty { slot.condition = .loading }
            return (slot.source, slot.generation, keepingUnchanged ? slot.versions : [])
        }
        do {
            let (versions, files) = try await loader.run { try self.read(source, old) }
            let isCurrent = try change(name) { slot in
                if slot.loading == number { slot.loading = nil }
                guard slot.generation == generation else { return false }
                (slot.condition, slot.versions) = (.ready, versions)
                (slot.readSource, slot.files) = (source, files)
                return true
            }
            guard isCurrent else { throw ServingError(.unavailable, "model \"\(name)\" was unloaded meanwhile") }
            shareMemory()
            for model in versions where !old.contains(where: { $0 === model }) { log(model) }
        } catch {
            let failure = ServingError(error)
            let files = (try? ModelFile.files(of: source)) ?? []
            try change(name) { slot in
                // A different load if the model was removed and added again.
                guard slot.loading == number else { return }
                slot.loading = nil
                (slot.readSource, slot.files) = (source, files)
                guard slot.generation == generation, slot.versions.isEmpty else { return }
                slot.condition = .failed(failure.message)
            }
            logger.error("model not loaded", metadata: ["model": "\(name)", "error": "\(failure.message)"])
            throw error
        }
    }

    private func log(_ model: ServedModel) {
        logger.info(
            "model loaded",
            metadata: [
                "model": "\(model.name)", "version": "\(model.version)",
                "max_batch": "\(model.description.maxBatch)",
                "preferred_batch": "\(model.description.preferredBatch)", "queue_limit": "\(model.queueLimit)",
            ])
        for note in model.notes { logger.notice("\(note)", metadata: ["model": "\(model.name)"]) }
    }

    /// Unloads a model: new requests are refused, accepted ones are still answered.
    ///
    /// - Throws: `notFound` for a name that no source has.
    public func unload(_ name: String) throws {
        try change(name) { slot in
            (slot.condition, slot.versions) = (.unloaded, [])
            slot.generation = nextGeneration()
        }
        shareMemory()
        logger.info("model unloaded", metadata: ["model": "\(name)"])
    }

    private func read(_ source: ModelSource, _ old: [ServedModel]) throws -> ([ServedModel], [ModelFile]) {
        let files = try ModelFile.files(of: source)
        var held = weightByteCount
        let models = try files.map { file in
            if let known = old.first(where: { $0.isCurrent(source, file) }) { return known }
            let model = try ServedModel(
                source, version: file.version, model: try reader(file.path), stamp: file.stamp, options: options,
                pool: pool, metrics: metrics)
            held += model.weightByteCount
            try memory?.check(weights: held)
            return model
        }
        return (models, files)
    }

    /// The memory that the weights of all models take, in bytes.
    public var weightByteCount: Int {
        slots.withLock { $0.values.reduce(0) { $0 + $1.versions.reduce(0) { $0 + $1.weightByteCount } } }
    }

    /// Gives the pool the memory that the weights leave.
    private func shareMemory() {
        guard let memory else { return }
        pool.setWorkingMemoryBytes(memory.working ?? max(memory.leastWorking, memory.total - weightByteCount))
    }

    func nextGeneration() -> Int { generations.add(1, ordering: .relaxed).newValue }

    private func change<Result>(_ name: String, _ body: (inout ModelSlot) throws -> Result) throws -> Result {
        try slots.withLock { slots in
            guard var slot = slots[name] else { throw ServingError(.notFound, "there is no model \"\(name)\"") }
            defer { slots[name] = slot }
            return try body(&slot)
        }
    }
}
#endif
