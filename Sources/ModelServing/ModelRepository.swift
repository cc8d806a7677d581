#if Server
public import Deeper
public import InferenceProtocol
public import Logging
public import Metrics
internal import Synchronization
internal import Tensors

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

    private enum Condition: Equatable {
        case waiting, loading, ready, unloaded
        case failed(String)

        var state: State {
            switch self {
            case .ready: .ready
            case .loading: .loading
            case .waiting, .unloaded, .failed: .unavailable
            }
        }

        var reason: String {
            switch self {
            case .waiting: "not loaded yet"
            case .loading: "being loaded"
            case .ready: ""
            case .unloaded: "unloaded"
            case .failed(let message): message
            }
        }
    }

    private struct Slot {
        let source: ModelSource
        var condition = Condition.waiting
        /// The newest last; empty unless ready.
        var versions: [ServedModel] = []
        var isReplacing = false
        /// Counts unloads: a load that one overtook is of no use any more.
        var generation = 0
    }

    private let slots: Mutex<[String: Slot]>
    private let options: EngineOptions
    private let pool: EnginePool
    private let reader: @Sendable (String) throws -> Model
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let loader = WorkQueue(threads: 1, limit: 1024)

    /// - Parameters:
    ///   - sources: what may be loaded; their names differ.
    ///   - pool: that the engines of all models share.
    ///   - reader: reads a model from the path of a source.
    /// - Throws: `invalidInput` for a source that makes no sense.
    public init(
        _ sources: [ModelSource], options: EngineOptions, pool: EnginePool, metrics: any MetricsFactory,
        logger: Logger, reader: @escaping @Sendable (String) throws -> Model
    ) throws {
        var slots: [String: Slot] = [:]
        for source in sources {
            try source.validate()
            guard slots.updateValue(Slot(source: source), forKey: source.name) == nil else {
                throw DeeperError(.invalidInput, "two models are named \"\(source.name)\"")
            }
        }
        self.slots = Mutex(slots)
        self.options = options
        self.pool = pool
        self.reader = reader
        self.metrics = metrics
        self.logger = logger
    }

    /// The names of all models, loaded or not.
    public var names: [String] { slots.withLock { $0.keys.sorted() } }

    /// Whether every model that should be there is.
    public var isReady: Bool {
        slots.withLock { $0.values.allSatisfy { $0.condition == .ready || $0.condition == .unloaded } }
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
    public func load(_ name: String) async throws {
        let (source, generation) = try change(name) { slot in
            guard !slot.isReplacing else {
                throw ServingError(.unavailable, "model \"\(name)\" is being loaded already")
            }
            slot.isReplacing = true
            if slot.versions.isEmpty { slot.condition = .loading }
            return (slot.source, slot.generation)
        }
        do {
            let versions = try await loader.run { try self.read(source) }
            let isCurrent = try change(name) { slot in
                slot.isReplacing = false
                guard slot.generation == generation else { return false }
                (slot.condition, slot.versions) = (.ready, versions)
                return true
            }
            guard isCurrent else { throw ServingError(.unavailable, "model \"\(name)\" was unloaded meanwhile") }
            for model in versions {
                logger.info(
                    "model loaded",
                    metadata: [
                        "model": "\(name)", "version": "\(model.version)",
                        "max_batch": "\(model.description.maxBatch)",
                        "preferred_batch": "\(model.description.preferredBatch)",
                    ])
                for note in model.notes { logger.notice("\(note)", metadata: ["model": "\(name)"]) }
            }
        } catch {
            let failure = ServingError(error)
            try change(name) { slot in
                slot.isReplacing = false
                guard slot.generation == generation, slot.versions.isEmpty else { return }
                slot.condition = .failed(failure.message)
            }
            logger.error("model not loaded", metadata: ["model": "\(name)", "error": "\(failure.message)"])
            throw error
        }
    }

    /// Drops a model: new requests are refused, accepted ones are answered.
    ///
    /// - Throws: `notFound` for a name that no source has.
    public func unload(_ name: String) throws {
        try change(name) { slot in
            (slot.condition, slot.versions) = (.unloaded, [])
            slot.generation += 1
        }
        logger.info("model unloaded", metadata: ["model": "\(name)"])
    }

    private func read(_ source: ModelSource) throws -> [ServedModel] {
        try source.versions().map { version, path in
            try ServedModel(
                source, version: version, model: try reader(path), options: options, pool: pool, metrics: metrics)
        }
    }

    private func change<Result>(_ name: String, _ body: (inout Slot) throws -> Result) throws -> Result {
        try slots.withLock { slots in
            guard var slot = slots[name] else { throw ServingError(.notFound, "there is no model \"\(name)\"") }
            defer { slots[name] = slot }
            return try body(&slot)
        }
    }
}
#endif
