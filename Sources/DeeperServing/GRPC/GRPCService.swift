#if Server
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization
internal import Tensors

/// The gRPC server as a part of the process.
struct GRPCService: Service {
    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let onListening: @Sendable (_ port: Int) async -> Void

    init(_ core: ServingCore, port: Int, token: BearerToken?, onListening: @escaping @Sendable (Int) async -> Void)
        throws
    {
        let configuration = core.configuration
        let counter = ConnectionCounter(limit: configuration.maxConnections)
        let config = HTTP2ServerTransport.Posix.Config.defaults { config in
            config.compression.enabledAlgorithms = .all
            config.rpc.maxRequestPayloadSize = configuration.maxBodyBytes
            config.http2.targetWindowSize = Self.window(forMessagesOf: configuration.maxBodyBytes)
            config.http2.maxFrameSize = 1 << 18
            // Messages are held whole before they are read: what one connection may bring is bounded by their number.
            config.http2.maxConcurrentStreams = max(
                8, min(256, configuration.maxPendingBytes / configuration.maxBodyBytes))
            config.connection.maxIdleTime = .seconds(configuration.idleTimeout)
            config.connection.maxGraceTime = .seconds(configuration.drainTimeout)
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                GracefulEnd.install(on: channel).flatMap { counter.accept(channel) }
            }
        }
        let transport = HTTP2ServerTransport.Posix(
            address: try Self.address(configuration.host, port),
            transportSecurity: try Self.security(configuration), config: config)
        server = GRPCServer(
            transport: transport, services: [InferenceService(core: core)],
            interceptors: [CallInterceptor(core: core, token: token)])
        self.onListening = onListening
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.serve() }
                group.addTask {
                    // Without an address, serving has failed and says why.
                    guard let address = try? await server.transport.listeningAddress else { return }
                    await onListening(address.ipv4?.port ?? address.ipv6?.port ?? 0)
                }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }

    /// The window of a stream, in bytes, of which a message of up to a gigabyte takes less than half.
    ///
    /// SwiftNIO (swift-nio-http2 1.46) widens a window when half of it is used. If the frame that uses it is the last of
    /// its stream, it finds that nothing more can come, and ends the connection with all calls on it.
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
        _ configuration: ServingConfiguration
    ) throws -> HTTP2ServerTransport.Posix.TransportSecurity {
        guard let certificate = configuration.certificate, let key = configuration.privateKey else { return .plaintext }
        return .tls(
            certificateChain: [.file(path: certificate, format: .pem)], privateKey: .file(path: key, format: .pem))
    }
}

/// Refuses connections beyond a number: gRPC's transport has no limit of its own.
private final class ConnectionCounter: Sendable {
    private let limit: Int
    private let open = Atomic(0)

    init(limit: Int) { self.limit = limit }

    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard open.add(1, ordering: .relaxed).newValue <= limit else {
            open.subtract(1, ordering: .relaxed)
            return channel.close()
        }
        channel.closeFuture.whenComplete { _ in self.open.subtract(1, ordering: .relaxed) }
        return channel.eventLoop.makeSucceededVoidFuture()
    }
}
#endif
