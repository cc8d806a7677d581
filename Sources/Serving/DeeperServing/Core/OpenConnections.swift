#if Server
internal import Synchronization

/// How many connections are open.
final class OpenConnections: Sendable {
    let http = Atomic(0)
    let grpc = Atomic(0)
}
#endif
