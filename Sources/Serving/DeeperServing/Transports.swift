#if Server
internal import DeeperTensors
internal import GRPCCore
internal import NIOCore
internal import ServiceLifecycle

/// All protocols at once. They stop listening together, and none waits for another's clients; if one cannot listen
/// or stops by itself, so do the others, since half a server would look like a whole one to those who start it.
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
                        throw DeeperError(.internalFault, "\(transport.name) is not listened on any more: \(error)")
                    }
                }
            }
            while let ended = try await group.next() {
                guard Task.isShuttingDownGracefully || Task.isCancelled else {
                    throw DeeperError(.internalFault, "\(ended.name) is not listened on any more")
                }
            }
        }
    }

    /// The number of the system's error behind an error of a transport.
    private static func systemError(_ error: any Error) -> Int32? {
        switch error {
        case let error as IOError: error.errnoCode
        case let error as RuntimeError: error.cause.flatMap(systemError)
        default: nil
        }
    }
}
#endif
