#if Server
internal import DeeperInferenceProtocol
internal import GRPCCore
internal import Tracing

/// Wraps every gRPC call: checks the token, opens a span and counts the status.
struct CallInterceptor: ServerInterceptor {
    let core: ServingCore
    let token: BearerToken?

    /// Methods without a token check, because probes have no token.
    private static let openMethods: Set<MethodDescriptor> = [
        Inference_GRPCInferenceService.Method.ServerLive.descriptor,
        Inference_GRPCInferenceService.Method.ServerReady.descriptor,
        MethodDescriptor(service: HealthService.service, method: HealthService.checkMethod),
        MethodDescriptor(service: HealthService.service, method: HealthService.watchMethod),
    ]

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let call = Call(core: core, context: context, metadata: request.metadata)
        if let token, !Self.openMethods.contains(context.descriptor) {
            do {
                try token.check(request.metadata[stringValues: "authorization"].first { _ in true })
            } catch {
                throw call.ended(RPCError(ServingError(error)))
            }
        }
        do {
            var response = try await traced(request, context, next)
            switch response.accepted {
            case .failure(let error): response.accepted = .failure(call.ended(error))
            case .success(var contents):
                contents.metadata.replaceOrAddString(call.id, forKey: RequestID.field)
                // The outcome of a stream is known only at its end.
                let produce = contents.producer
                contents.producer = { writer in
                    do {
                        let output = try await produce(writer)
                        call.ended()
                        return output
                    } catch {
                        throw call.ended(error)
                    }
                }
                response.accepted = .success(contents)
            }
            return response
        } catch let error as RPCError {
            throw call.ended(error)
        }
    }

    /// One call, which is recorded when it has ended.
    private struct Call {
        let core: ServingCore
        let context: ServerContext
        let id: String
        let traceParent: String?
        let start = ContinuousClock.now

        init(core: ServingCore, context: ServerContext, metadata: Metadata) {
            self.core = core
            self.context = context
            id = RequestID.choose(metadata[stringValues: RequestID.field].first { _ in true })
            traceParent = metadata[stringValues: "traceparent"].first { _ in true }
        }

        func ended() { record("OK", nil) }

        /// - Returns: the error, with the call's ID.
        func ended(_ error: any Error) -> any Error {
            guard let error = error as? RPCError else {
                record("unknown", "\(error)")
                return error
            }
            return ended(error) as RPCError
        }

        func ended(_ error: RPCError) -> RPCError {
            record(error.code.description, error.message)
            var named = error
            named.metadata.replaceOrAddString(id, forKey: RequestID.field)
            return named
        }

        private func record(_ status: String, _ error: String?) {
            core.count("grpc", status: status)
            core.log(
                AccessRecord(
                    protocol: "grpc", client: context.remotePeer, method: context.descriptor.fullyQualifiedMethod,
                    status: status, error: error, seconds: (ContinuousClock.now - start) / .seconds(1), requestID: id,
                    traceParent: traceParent))
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
