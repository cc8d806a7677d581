#if Server
public import Deeper
public import DeeperInferenceProtocol
internal import DeeperTensors
public import Logging
public import Metrics
internal import Synchronization

/// The models of a server, by name and version: read, replaced and dropped while requests go on.
///
/// A request keeps the version that it found, so dropping one takes nothing away from requests that were accepted.
public final class ModelRepository: Sendable {
    public enum State: String, Sendable {
        case ready = "READY"
        case loading = "LOADING"
        case unavailable = "UNAVAILABLE"
    }

    /// What clients are told of one version.
    public struct Entry: Sendable, Equatable {
        public let name: String
        /// Empty where no version is known.
        public let version: String
        public let state: State
        /// Why it is not ready; empty if it is.
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
    ///   - sources: what may be loaded; their names differ.
    ///   - pool: that the engines of all models share.
    ///   - memory: that weights and working memory share; a model whose weights would not leave enough is not loaded.
    ///     Nil: the pool keeps its limit.
    ///   - reader: reads a model from the path of a source.
    /// - Throws: `invalidInput` for a source that makes no sense.
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

    /// Whether every model that should be there is.
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

    /// The versions that answer, of all models.
    public var readyModels: [ServedModel] {
        slots.withLock { slots in slots.sorted { $0.key < $1.key }.flatMap(\.value.versions) }
    }

    /// A version of a model, or the newest one.
    ///
    /// - Throws: `notFound` for a name or a version that there is not; `unavailable` for a model that is not loaded.
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

    /// Whether there is a version of a model, or its newest one, and it answers.
    public func isReady(_ name: String, version: String? = nil) -> Bool {
        (try? model(name, version: version)) != nil
    }

    /// What clients are told of a version of a model, with the versions beside it.
    public func description(_ name: String, version: String? = nil) throws -> ModelDescription {
        var description = try model(name, version: version).description
        description.versions = slots.withLock { $0[name]?.versions.map(\.version) ?? [] }
        return description
    }

    /// Reads a model, or reads it again; the old one answers until the new one can.
    ///
    /// - Throws: `notFound` for a name that no source has; what reading the model throws, which leaves the old one.
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
                // Another one if the model was removed and came back.
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

    /// Drops a model: new requests are refused, accepted ones are answered.
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

    /// What the weights of all models take.
    public var weightByteCount: Int {
        slots.withLock { $0.values.reduce(0) { $0 + $1.versions.reduce(0) { $0 + $1.weightByteCount } } }
    }

    /// Gives the pool what the weights leave.
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
