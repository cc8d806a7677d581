#if Server
internal import DeeperTensors
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle

/// The gRPC server as a service of the process.
struct GRPCService: Service {
    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let onListening: @Sendable (_ port: Int) async -> Void

    init(
        _ core: ServingCore, port: Int, token: BearerToken?, certificates: Certificates?, limit: ConnectionLimit,
        onListening: @escaping @Sendable (Int) async -> Void
    ) throws {
        let configuration = core.configuration
        let connections = GRPCConnections(core, limit: limit)
        let config = HTTP2ServerTransport.Posix.Config.defaults { config in
            // The streams' guards handle compression.
            config.compression.enabledAlgorithms = .none
            config.rpc.maxRequestPayloadSize = configuration.maxBodyBytes
            config.http2.targetWindowSize = Self.window(forMessagesOf: configuration.maxBodyBytes)
            config.http2.maxFrameSize = 1 << 18
            config.http2.maxConcurrentStreams = 256
            config.connection.maxIdleTime = .seconds(configuration.idleTimeout)
            config.connection.maxGraceTime = .seconds(configuration.drainTimeout)
            config.connection.keepalive.time = .seconds(configuration.idleTimeout)
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { connections.accept($0) }
            config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { connections.acceptStream($0) }
        }
        let transport = HTTP2ServerTransport.Posix(
            address: try Self.address(configuration.host, port),
            transportSecurity: try Self.security(configuration, certificates), config: config)
        server = GRPCServer(
            transport: transport,
            services: [InferenceService(core: core), HealthService(core: core), ReflectionService()],
            interceptors: [CallInterceptor(core: core, token: token)])
        self.onListening = onListening
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.serve() }
                group.addTask {
                    // Without an address, serving has failed and reports why.
                    guard let address = try? await server.transport.listeningAddress else { return }
                    await onListening(address.ipv4?.port ?? address.ipv6?.port ?? 0)
                }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }

    /// The window of a stream, in bytes, chosen so that a message of up to a gigabyte takes less than half of it.
    ///
    /// SwiftNIO (swift-nio-http2 1.46) enlarges a window when half of it is used. If the frame that uses it is the last
    /// of its stream, SwiftNIO finds that nothing more can arrive, and ends the connection with all calls on it.
    static func window(forMessagesOf byteCount: Int) -> Int {
        // The prefix of a message takes five bytes.
        min(2 * min(byteCount, Int(Int32.max)) + (1 << 16), Int(Int32.max))
    }

    /// - Throws: `invalidInput` for a host that has no address.
    static func address(_ host: String, _ port: Int) throws -> GRPCNIOTransportHTTP2Posix.SocketAddress {
        let resolved = try ListeningCheck.address(host, port)
        switch resolved {
        case .v4(let address): return .ipv4(host: resolved.ipAddress ?? address.host, port: port)
        default: return .ipv6(host: resolved.ipAddress ?? host, port: port)
        }
    }

    private static func security(
        _ configuration: ServingConfiguration, _ certificates: Certificates?
    ) throws -> HTTP2ServerTransport.Posix.TransportSecurity {
        guard let certificates else { return .plaintext }
        guard let roots = try configuration.clientRoots() else { return try .tls(certificateReloader: certificates) }
        let sources = try roots.map { TLSConfig.CertificateSource.bytes(try $0.toDERBytes(), format: .der) }
        return try .mTLS(certificateReloader: certificates) { $0.trustRoots = .certificates(sources) }
    }
}
#endif
