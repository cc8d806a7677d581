#if Server
public import Deeper
public import FoundationEssentials
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import ModelServing
internal import NIOCore
internal import NIOSSL
internal import PrometheusMetrics
internal import ServiceLifecycle
internal import Tensors
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
    /// An address at which the server can be asked.
    public enum Address: Sendable, CustomStringConvertible {
        case http(host: String, port: Int, isSecure: Bool)
        case grpc(host: String, port: Int)

        public var description: String {
            switch self {
            case .http(let host, let port, let isSecure): "\(isSecure ? "https" : "http")://\(bracketed(host)):\(port)"
            case .grpc(let host, let port): "grpc://\(bracketed(host)):\(port)"
            }
        }

        private func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
    }

    private let core: ServingCore
    private let logger: Logger

    /// - Parameters:
    ///   - options: of the engines of all models; threads and concurrent calls come from the configuration.
    ///   - tracer: gets spans for requests, their wait and their computation.
    ///   - reader: reads a model from the path of a source.
    /// - Throws: `invalidInput` for a configuration that makes no sense.
    public init(
        _ configuration: ServingConfiguration, options: EngineOptions = EngineOptions(), logger: Logger,
        tracer: (any Tracer)? = nil,
        reader: @escaping @Sendable (String) throws -> Model = {
            try Model(contentsOf: URL(fileURLWithPath: $0), copiesCompiled: true)
        }
    ) throws {
        try configuration.validate()
        let pool = try EnginePool(
            threads: configuration.threads ?? EnginePool.availableCPUs, concurrentCalls: configuration.instances,
            workingMemoryBytes: configuration.workingMemoryBytes ?? EnginePool.availableMemoryBytes / 2)
        let registry = PrometheusRegistry.forServing()
        let repository = try ModelRepository(
            configuration.models, options: options, pool: pool, metrics: registry, logger: logger, reader: reader)
        self.logger = logger
        core = ServingCore(
            configuration, repository: repository, pool: pool, registry: registry, logger: logger, tracer: tracer)
    }

    /// Reads the models, then serves until the task is cancelled or one of the signals comes: readiness goes false,
    /// listening ends, and what was accepted is answered.
    ///
    /// - Parameters:
    ///   - handlingSignals: whether SIGTERM and SIGINT end the server; a second one ends it without the answers that are
    ///     still to come, except for a model that is being loaded.
    ///   - onListening: called for each address.
    /// - Throws: what reading a model throws; `invalidInput` if an address is taken.
    public func run(
        handlingSignals: Bool = true, onListening: @escaping @Sendable (Address) async -> Void = { _ in }
    ) async throws {
        let configuration = core.configuration
        let token = configuration.token.map(BearerToken.init)
        let address = Address.http(
            host: configuration.host, port: configuration.port, isSecure: configuration.certificate != nil)
        var transports = [Transports.Transport(name: "\(address)", service: try http(token, onListening))]
        if let port = configuration.grpcPort {
            transports.append(
                .init(
                    name: "\(Address.grpc(host: configuration.host, port: port))",
                    service: try GRPCService(core, port: port, token: token) {
                        await onListening(.grpc(host: configuration.host, port: $0))
                    }))
        }
        try ListeningCheck.check(configuration.host, configuration.port, name: transports[0].name)
        if let port = configuration.grpcPort {
            try ListeningCheck.check(configuration.host, port, name: transports[1].name)
        }
        for name in core.repository.names { try await core.repository.load(name) }
        // Services end in reverse order: before anybody stops listening, probes learn of it.
        var group = ServiceGroupConfiguration(
            services: (handlingSignals ? [SecondSignal()] : []) + [
                Transports(transports: transports), Farewell(core: core),
            ],
            gracefulShutdownSignals: handlingSignals ? [.sigterm, .sigint] : [], logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(configuration.drainDelay + configuration.drainTimeout)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is SecondSignal.Received {
            logger.notice("a second signal ended the server before all requests were answered")
        }
        logger.info("stopped")
    }

    private func http(
        _ token: BearerToken?, _ onListening: @escaping @Sendable (Address) async -> Void
    ) throws -> some Service {
        let configuration = core.configuration
        let transfer = TimeAmount.milliseconds(Int64(configuration.transferTimeout * 1000))
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(transferTimeout: transfer, bodyLimit: configuration.maxBodyBytes)
            ],
            idleTimeout: .milliseconds(Int64(configuration.idleTimeout * 1000)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200))
        var server = HTTPServerBuilder.http1(configuration: channel)
        if let certificate = configuration.certificate, let key = configuration.privateKey {
            server = try .tls(server, tlsConfiguration: try Self.tls(certificate, key))
        }
        return Application(
            responder: ServingResponder(core: core, token: token), server: server,
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(configuration.maxConnections, logger: logger)),
            onServerRunning: { channel in
                await onListening(
                    .http(
                        host: configuration.host, port: channel.localAddress?.port ?? configuration.port,
                        isSecure: configuration.certificate != nil))
            }, logger: logger)
    }

    private static func tls(_ certificate: String, _ key: String) throws -> TLSConfiguration {
        do {
            var result = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            result.applicationProtocols = ["http/1.1"]
            return result
        } catch {
            throw DeeperError(.invalidInput, "\(certificate) and \(key) are no certificate and key in PEM: \(error)")
        }
    }
}

/// The first to hear that the server should end.
private struct Farewell: Service {
    let core: ServingCore

    func run() async throws {
        try await gracefulShutdown()
        core.stop()
        core.logger.info("stopping", metadata: ["drain_delay": "\(core.configuration.drainDelay)"])
        try await Task.sleep(for: .seconds(core.configuration.drainDelay))
    }
}

/// Ends the server at once when whoever sent one signal has lost patience and sends another.
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
