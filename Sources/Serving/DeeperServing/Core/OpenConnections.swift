#if Server
internal import Synchronization

/// The numbers of open connections.
final class OpenConnections: Sendable {
    let http = Atomic(0)
    let grpc = Atomic(0)
}
#endif
