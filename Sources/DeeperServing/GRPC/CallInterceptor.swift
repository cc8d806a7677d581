#if Server
internal import GRPCCore
internal import InferenceProtocol
internal import Tracing

/// What happens around every gRPC call: the token is checked, a span opened, the status counted.
struct CallInterceptor: ServerInterceptor {
    let core: ServingCore
    let token: BearerToken?

    /// Probes have no secrets.
    private static let openMethods: Set<String> = ["ServerLive", "ServerReady"]

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        if let token, !Self.openMethods.contains(context.descriptor.method) {
            do {
                try token.check(request.metadata[stringValues: "authorization"].first { _ in true })
            } catch {
                core.count("grpc", status: RPCError(ServingError(error)).code.description)
                throw RPCError(ServingError(error))
            }
        }
        do {
            var response = try await traced(request, context, next)
            switch response.accepted {
            case .failure(let error): core.count("grpc", status: error.code.description)
            case .success(var contents):
                // What a stream has to say is only known at its end.
                let produce = contents.producer
                contents.producer = { writer in
                    try await counting { try await produce(writer) }
                }
                response.accepted = .success(contents)
            }
            return response
        } catch let error as RPCError {
            core.count("grpc", status: error.code.description)
            throw error
        }
    }

    private func counting<Output>(_ body: () async throws -> Output) async throws -> Output {
        do {
            let output = try await body()
            core.count("grpc", status: "OK")
            return output
        } catch {
            core.count("grpc", status: (error as? RPCError)?.code.description ?? "unknown")
            throw error
        }
    }

    private func traced<Input: Sendable, Output: Sendable>(
        _ request: StreamingServerRequest<Input>, _ context: ServerContext,
        _ next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard let tracer = core.tracer else { return try await next(request, context) }
        var parent = ServiceContext.topLevel
        tracer.extract(request.metadata, into: &parent, using: MetadataExtractor())
        let span = tracer.startAnySpan(context.descriptor.fullyQualifiedMethod, context: parent, ofKind: .server)
        defer { span.end() }
        return try await ServiceContext.withValue(span.context) { try await next(request, context) }
    }

    private struct MetadataExtractor: Extractor {
        func extract(key: String, from carrier: Metadata) -> String? {
            carrier[stringValues: key].first { _ in true }
        }
    }
}
#endif
