#if Server
public import Deeper
internal import DeeperMetrics
internal import DeeperModelServing
internal import DeeperTensors
public import FoundationEssentials
internal import HummingbirdCore
public import Logging
internal import ServiceLifecycle
public import Tracing
internal import UnixSignals

/// A server for models: the Open Inference Protocol over HTTP and gRPC.
///
/// ```swift
/// var configuration = ServingConfiguration()
/// configuration.models = [ModelSource(name: "googlenet", path: "googlenet.onnx")]
/// let server = try InferenceServer(configuration, logger: Logger(label: "server"))
/// try await server.run()
/// ```
public struct InferenceServer: Sendable {
    /// An address at which the server can be reached.
    public enum Address: Sendable, CustomStringConvertible {
        /// HTTP, with TLS if `isSecure`.
        case http(host: String, port: Int, isSecure: Bool)
        /// gRPC over HTTP/2.
        case grpc(host: String, port: Int)
        /// Health and metrics over HTTP.
        case health(host: String, port: Int)
        /// HTTP over a Unix-domain socket.
        case socket(path: String)

        public var description: String {
            switch self {
            case .http(let host, let port, let isSecure): "\(isSecure ? "https" : "http")://\(bracketed(host)):\(port)"
            case .grpc(let host, let port): "grpc://\(bracketed(host)):\(port)"
            case .health(let host, let port): "health on http://\(bracketed(host)):\(port)"
            case .socket(let path): "unix:\(path)"
            }
        }

        private func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
    }

    private let core: ServingCore
    private let logger: Logger

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: the models and the settings of the server.
    ///   - options: the options of the engines of all models; threads and concurrent calls come from the configuration.
    ///   - logger: receives what the server reports.
    ///   - tracer: receives spans for requests, their wait and their computation.
    ///   - accessLog: called for every answered request, on threads that it must not block.
    ///   - reader: reads a model from the path of a source.
    /// - Throws: `invalidInput` for an invalid configuration.
    public init(
        _ configuration: ServingConfiguration, options: EngineOptions = EngineOptions(), logger: Logger,
        tracer: (any Tracer)? = nil, accessLog: (@Sendable (AccessRecord) -> Void)? = nil,
        reader: @escaping @Sendable (String) throws -> Model = {
            try Model(contentsOf: URL(fileURLWithPath: $0), copiesCompiled: true)
        }
    ) throws {
        try configuration.validate()
        let pool = try EnginePool(
            threads: configuration.threads ?? EnginePool.availableCPUs, sharesThreads: configuration.threads == nil,
            concurrentCalls: configuration.instances,
            workingMemoryBytes: configuration.workingMemoryBytes ?? configuration.memory.computing)
        let registry = PrometheusRegistry.forServing()
        let repository = try ModelRepository(
            try configuration.sources(), options: options, pool: pool,
            memory: ModelMemory(
                total: configuration.memory.computing, working: configuration.workingMemoryBytes,
                leastWorking: MemoryShares.leastWorking),
            metrics: registry, logger: logger, reader: reader)
        self.logger = logger
        core = ServingCore(
            configuration, repository: repository, pool: pool, registry: registry, logger: logger, tracer: tracer,
            accessLog: accessLog)
    }

    /// Reads the models, then serves until the task is cancelled or a signal arrives: the server then reports that it
    /// is not ready, stops listening, and answers the requests that were accepted.
    ///
    /// - Parameters:
    ///   - handlingSignals: whether SIGTERM and SIGINT end the server, and SIGHUP makes it reload certificates and
    ///     changed models; a second SIGTERM or SIGINT ends it without the remaining answers, although it still waits
    ///     for a model that is being loaded.
    ///   - configuration: returns the current configuration upon SIGHUP; only its models are applied.
    ///   - onListening: called for each address.
    /// - Throws: the errors of reading a model; `invalidInput` if an address is taken.
    public func run(
        handlingSignals: Bool = true, rereading configuration: (@Sendable () throws -> ServingConfiguration)? = nil,
        onListening: @escaping @Sendable (Address) async -> Void = { _ in }
    ) async throws {
        // Installed before anything that takes long: otherwise the signal would end the process meanwhile.
        let hangups = handlingSignals ? await UnixSignalsSequence(trapping: .sighup) : nil
        let settings = core.configuration
        let certificates = try settings.certificate.flatMap { chain in
            try settings.privateKey.map { try Certificates(chain: chain, key: $0) }
        }
        let transports = try transports(certificates, onListening)
        for transport in transports {
            if let path = transport.socketPath {
                try ListeningCheck.check(socketPath: path)
            } else if let port = transport.port {
                try ListeningCheck.check(settings.host, port, name: transport.name)
            }
        }
        for name in core.repository.names { try await core.repository.load(name) }
        // Services end in reverse order: probes learn of the end before the listeners stop.
        var group = ServiceGroupConfiguration(
            services: (handlingSignals ? [SecondSignal()] : []) + [
                Reloading(core: core, certificates: certificates, hangups: hangups, configuration: configuration),
                Transports(transports: transports), Farewell(core: core),
            ],
            gracefulShutdownSignals: handlingSignals ? [.sigterm, .sigint] : [], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(settings.drainDelay + settings.drainTimeout)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is SecondSignal.Received {
            logger.notice("a second signal ended the server before all requests were answered")
        }
        logger.info("stopped")
    }

    /// The number of connections that only probes may use.
    private static let healthConnections = 64

    private func transports(
        _ certificates: Certificates?, _ onListening: @escaping @Sendable (Address) async -> Void
    ) throws -> [Transports.Transport] {
        let settings = core.configuration
        let host = settings.host
        let token = settings.token.map(BearerToken.init)
        let responder = ServingResponder(core: core, token: token)
        let isSecure = certificates != nil
        let http = Address.http(host: host, port: settings.port, isSecure: isSecure)
        let main = HTTPListener(
            core: core, address: .hostname(host, port: settings.port), responder: responder, certificates: certificates,
            limit: limit("\(http)"))
        var result = [
            Transports.Transport(
                name: "\(http)", port: settings.port,
                service: try main.service {
                    await onListening(.http(host: host, port: $0 ?? settings.port, isSecure: isSecure))
                })
        ]
        if let port = settings.grpcPort {
            let name = "\(Address.grpc(host: host, port: port))"
            let service = try GRPCService(
                core, port: port, token: token, certificates: certificates,
                limit: limit(name, isAccepting: SharedFlag(true))
            ) { await onListening(.grpc(host: host, port: $0)) }
            result.append(.init(name: name, port: port, service: service))
        }
        if let path = settings.socket {
            let name = "\(Address.socket(path: path))"
            let listener = HTTPListener(
                core: core, address: .unixDomainSocket(path: path), responder: responder, certificates: nil,
                limit: limit(name))
            result.append(
                .init(
                    name: name, socketPath: path,
                    service: try listener.service { _ in await onListening(.socket(path: path)) }))
        }
        if let port = settings.healthPort {
            let name = "\(Address.health(host: host, port: port))"
            let listener = HTTPListener(
                core: core, address: .hostname(host, port: port),
                responder: ServingResponder(core: core, token: nil, isForProbes: true), certificates: nil,
                limit: limit(name, Self.healthConnections))
            result.append(
                .init(
                    name: name, port: port,
                    service: try listener.service { await onListening(.health(host: host, port: $0 ?? port)) }))
        }
        return result
    }

    private func limit(
        _ name: String, _ most: Int = .max, isAccepting: SharedFlag? = nil
    ) -> ConnectionLimit {
        let settings = core.configuration
        let listeners =
            1 + [settings.grpcPort != nil, settings.socket != nil, settings.healthPort != nil].filter(\.self).count
        let supported = ConnectionLimit.supported(listeners: listeners)
        let wanted = min(settings.maxConnections, most)
        if supported < wanted {
            logger.notice(
                "the limit of open file descriptors allows \(supported) connections instead of \(wanted)",
                metadata: ["at": "\(name)"])
        }
        return ConnectionLimit(
            min(supported, wanted), name: name, logger: logger, isAccepting: isAccepting ?? core.isAccepting)
    }
}

/// The first service to learn that the server should end.
private struct Farewell: Service {
    let core: ServingCore

    func run() async throws {
        try await gracefulShutdown()
        core.stop()
        core.logger.info("stopping", metadata: ["drain_delay": "\(core.configuration.drainDelay)"])
        try await Task.sleep(for: .seconds(core.configuration.drainDelay))
        core.isAccepting.clear()
        // Meanwhile, connections that are being accepted are set up.
        try await Task.sleep(for: .milliseconds(100))
    }
}

/// Ends the server immediately when a second signal is sent.
private struct SecondSignal: Service {
    struct Received: Error {}

    func run() async throws {
        var count = 0
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint).cancelOnGracefulShutdown() {
            count += 1
            if count == 2 { throw Received() }
        }
    }
}
#endif
