#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

/// gRPC's own protocol for health probes. The empty name means the whole server; the inference service and the names of
/// models are also known.
struct HealthService: RegistrableRPCService {
    typealias Status = Grpc_Health_V1_HealthCheckResponse.ServingStatus

    static let service = ServiceDescriptor(package: "grpc.health.v1", service: "Health")
    static let inferenceName = "inference.GRPCInferenceService"
    static let checkMethod = "Check"
    static let watchMethod = "Watch"
    private static let watchInterval = Duration.milliseconds(200)

    let core: ServingCore

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: MethodDescriptor(service: Self.service, method: Self.checkMethod),
            deserializer: SmallMessage.Deserializer<Grpc_Health_V1_HealthCheckRequest>(),
            serializer: ProtobufSerializer<Grpc_Health_V1_HealthCheckResponse>()
        ) { request, _ in
            let name = try await ServerRequest(stream: request).message.service
            let status = status(of: name)
            guard status != .serviceUnknown else {
                throw RPCError(ServingError(.notFound, "there is no service or model \"\(name)\""))
            }
            return StreamingServerResponse(single: ServerResponse(message: .with { $0.status = status }))
        }
        router.registerHandler(
            forMethod: MethodDescriptor(service: Self.service, method: Self.watchMethod),
            deserializer: SmallMessage.Deserializer<Grpc_Health_V1_HealthCheckRequest>(),
            serializer: ProtobufSerializer<Grpc_Health_V1_HealthCheckResponse>()
        ) { request, context in
            let name = try await ServerRequest(stream: request).message.service
            return StreamingServerResponse { writer in
                try await watch(name, context.cancellation) { status in
                    try await writer.write(.with { $0.status = status })
                }
                return [:]
            }
        }
    }

    func status(of name: String) -> Status {
        if name.isEmpty || name == Self.inferenceName { return core.isReady ? .serving : .notServing }
        guard core.repository.names.contains(name) else { return .serviceUnknown }
        return !core.isEnding && core.repository.isReady(name) ? .serving : .notServing
    }

    /// Sends the status now and whenever it has changed, until the client disconnects or the server ends.
    private func watch(
        _ name: String, _ cancellation: ServerContext.RPCCancellationHandle, _ tell: (Status) async throws -> Void
    ) async throws {
        var last: Status?
        while true {
            let status = status(of: name)
            if status != last { try await tell(status) }
            last = status
            // The end of a call does not cancel its task, so it is checked here.
            if core.isEnding || cancellation.isCancelled { return }
            try await Task.sleep(for: Self.watchInterval)
        }
    }
}
#endif
