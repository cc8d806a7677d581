#if Server
internal import DeeperModelServing
internal import NIOCore
internal import NIOHTTP2
internal import Synchronization

/// Sets up the connections of the gRPC server and their streams.
final class GRPCConnections: Sendable {
    private let core: ServingCore
    private let limit: ConnectionLimit

    init(_ core: ServingCore, limit: ConnectionLimit) {
        self.core = core
        self.limit = limit
    }

    /// Refuses connections beyond the limit, because gRPC's transport has no limit of its own.
    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard limit.isAcceptingNewConnections() else { return channel.close() }
        let (core, limit) = (core, limit)
        limit.connectionOpened()
        core.connections.grpc.add(1, ordering: .relaxed)
        channel.closeFuture.whenComplete { _ in
            limit.connectionClosed()
            core.connections.grpc.subtract(1, ordering: .relaxed)
        }
        return GracefulEnd.install(on: channel).flatMapThrowing {
            let pipeline = channel.pipeline.syncOperations
            let configuration = core.configuration
            let meter = FrameMeter(
                patience: Self.amount(configuration.transferTimeout), idle: Self.amount(configuration.idleTimeout))
            try pipeline.addHandler(meter, position: .before(pipeline.handler(type: NIOHTTP2Handler.self)))
        }
    }

    func acceptStream(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            guard let connection = channel.parent?.pipeline.syncOperations else { return }
            let streams = try connection.handler(type: FrameMeter.self).streams
            let configuration = core.configuration
            let limits = StreamGuard.Limits(
                messageByteCount: configuration.maxBodyBytes, transfer: Self.amount(configuration.transferTimeout),
                idle: Self.amount(configuration.idleTimeout))
            try channel.pipeline.syncOperations.addHandler(
                StreamGuard(streams, limits: limits, claim: core.budget.claim()), position: .first)
        }
    }

    private static func amount(_ seconds: Double) -> TimeAmount { .milliseconds(Int64(seconds * 1000)) }
}
#endif
