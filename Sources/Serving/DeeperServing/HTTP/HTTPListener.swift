#if Server
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import NIOCertificateReloading
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle

/// An HTTP listener on one address.
struct HTTPListener {
    let core: ServingCore
    let address: BindAddress
    let responder: ServingResponder
    /// The certificates; nil for no TLS.
    let certificates: Certificates?
    let limit: ConnectionLimit

    /// - Parameter onListening: called with the port.
    /// - Throws: `invalidInput` for certificates that cannot be used.
    func service(onListening: @escaping @Sendable (Int?) async -> Void) throws -> any Service {
        let configuration = core.configuration
        let (budget, connections, responder) = (core.budget, core.connections, responder)
        let transfer = TimeAmount.milliseconds(Int64(configuration.transferTimeout * 1000))
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(
                    transferTimeout: transfer, bodyLimit: configuration.maxBodyBytes, budget: budget,
                    connections: connections)
            ],
            idleTimeout: .milliseconds(Int64(configuration.idleTimeout * 1000)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200))
        var server = HTTPServerBuilder.http1(configuration: channel)
        if let certificates { server = try .tls(server, tlsConfiguration: try tls(certificates)) }
        return Application(
            responder: responder, server: server,
            configuration: .init(address: address, availableConnectionsDelegate: limit),
            onServerRunning: { await onListening($0.localAddress?.port) }, logger: core.logger)
    }

    private func tls(_ certificates: Certificates) throws -> TLSConfiguration {
        var result =
            if let roots = try core.configuration.clientRoots() {
                try TLSConfiguration.makeServerConfigurationWithMTLS(
                    certificateReloader: certificates, trustRoots: .certificates(roots))
            } else {
                try TLSConfiguration.makeServerConfiguration(certificateReloader: certificates)
            }
        result.applicationProtocols = ["http/1.1"]
        return result
    }
}
#endif
