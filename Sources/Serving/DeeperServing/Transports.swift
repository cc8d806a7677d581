#if Server
internal import DeeperTensors
internal import GRPCCore
internal import NIOCore
internal import ServiceLifecycle

/// The service that runs all protocols. They stop listening together, and none waits for the clients of another. If one
/// cannot listen or stops by itself, the others stop too, since otherwise half a server would look like a complete one.
struct Transports: Service {
    struct Transport: Sendable {
        /// The protocol and its address, for messages.
        let name: String
        var port: Int?
        var socketPath: String?
        let service: any Service
    }

    let transports: [Transport]

    func run() async throws {
        try await withThrowingTaskGroup(of: Transport.self) { group in
            for transport in transports {
                group.addTask {
                    do {
                        try await transport.service.run()
                        return transport
                    } catch {
                        if error is CancellationError || error is DeeperError { throw error }
                        if let number = Transports.systemError(error) {
                            throw ListeningCheck.failure(transport.name, number)
                        }
                        throw DeeperError(.internalFault, "the server no longer listens on \(transport.name): \(error)")
                    }
                }
            }
            while let ended = try await group.next() {
                guard Task.isShuttingDownGracefully || Task.isCancelled else {
                    throw DeeperError(.internalFault, "the server no longer listens on \(ended.name)")
                }
            }
        }
    }

    /// The number of the system error that caused an error of a transport.
    private static func systemError(_ error: any Error) -> Int32? {
        switch error {
        case let error as IOError: error.errnoCode
        case let error as RuntimeError: error.cause.flatMap(systemError)
        default: nil
        }
    }
}
#endif
