#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Tracing

/// The information about a connection that the answer to a request needs.
struct ServingContext: InitializableFromSource, Sendable {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Answers HTTP requests.
struct ServingResponder: HTTPResponder {
    let core: ServingCore
    let token: BearerToken?
    /// Whether only requests for health and metrics are answered.
    var isForProbes = false

    func respond(to request: Request, context: ServingContext) async throws -> Response {
        let start = ContinuousClock.now
        let id = RequestID.choose(request.headers[.requestID])
        var failure: ServingError?
        var response: Response
        do {
            response = try await answer(request, context)
        } catch {
            let reason = ServingError(error)
            if reason.kind == .internalFault {
                core.logger.error(
                    "request failed",
                    metadata: ["request_id": "\(id)", "path": "\(request.head.path ?? "")", "error": "\(error)"])
            }
            response = .error(reason, requestID: id)
            if reason.kind == .methodNotAllowed, let route = Self.route(of: request) {
                response.headers[.allow] = route.methods.map(\.rawValue).joined(separator: ", ")
            }
            failure = reason
        }
        if request.method == .head { response = response.createHeadResponse() }
        // The client should not send its next request to a server that is ending.
        if core.isEnding { response.headers[.connection] = "close" }
        response.headers[.requestID] = id
        core.configuration.allowOrigin(of: request, in: &response)
        core.count("http", status: String(response.status.code))
        core.log(
            AccessRecord(
                protocol: "http", client: context.channel.remoteAddress?.description, method: request.method.rawValue,
                path: Self.path(of: request), status: String(response.status.code), error: failure?.message,
                seconds: (ContinuousClock.now - start) / .seconds(1), requestID: id,
                traceParent: request.headers[.traceParent]))
        return response
    }

    private static func path(of request: Request) -> String { String((request.head.path ?? "").prefix { $0 != "?" }) }

    private static func route(of request: Request) -> HTTPRoute? {
        HTTPRoute(path: (request.head.path ?? "").prefix { $0 != "?" })
    }

    private func answer(_ request: Request, _ context: ServingContext) async throws -> Response {
        guard let route = Self.route(of: request), !isForProbes || route.isForProbes else {
            throw ServingError(.notFound, "there is nothing at \(request.head.path ?? "")")
        }
        if let preflight = core.configuration.preflight(request, route) { return preflight }
        guard route.methods.contains(request.method) else {
            throw ServingError(.methodNotAllowed, "\(request.method) is not \(route.methods[0])")
        }
        if let token, !route.isOpen { try token.check(request.headers[.authorization]) }
        try core.configuration.checkHost(request.head.authority)
        if route.isAction { try checkOrigin(request) }
        switch route {
        case .infer(let model): return try await compute(request, context, model, infer)
        case .classify(let model): return try await compute(request, context, model, classify)
        default:
            let body = try await SegmentedBody(request.body, limit: 1 << 20, claim: core.budget.claim())
            return try await Documents(core: core).answer(route, body)
        }
    }

    /// A page of another origin can make its reader's browser send requests here, but cannot hide its origin.
    private func checkOrigin(_ request: Request) throws {
        guard let origin = request.headers[.origin] else { return }
        if core.configuration.isAllowed(origin: origin) { return }
        guard let host = request.head.authority, origin == "http://\(host)" || origin == "https://\(host)" else {
            throw ServingError(.forbidden, "requests from pages of \(origin) are not answered")
        }
    }

    /// Receives a request's body and computes its answer, until the client disconnects.
    private func compute(
        _ request: Request, _ context: ServingContext, _ route: HTTPRoute.Model,
        _ work: @escaping @Sendable (Request, SegmentedBody, ByteBudget.Claim, ServedModel) async throws -> Response
    ) async throws -> Response {
        let limit = core.configuration.maxBodyBytes
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw ServingError(.tooLarge, "the request's body has \(length) bytes, more than \(limit)")
        }
        let claim = core.budget.claim()
        let body = try await SegmentedBody(request.body, limit: limit, claim: claim)
        let model = try core.repository.model(route.name, version: route.version)
        let cancellation = RequestCancellation()
        context.channel.triggerUserOutboundEvent(
            ConnectionGuard.Computation(cancellation: cancellation, claim: claim), promise: nil)
        return try await cancellation.run {
            defer { withExtendedLifetime(claim) {} }
            return try await traced(request, model) { try await work(request, body, claim, model) }
        }
    }

    private func traced(
        _ request: Request, _ model: ServedModel, _ work: () async throws -> Response
    ) async throws -> Response {
        guard let tracer = core.tracer else { return try await work() }
        var parent = ServiceContext.topLevel
        tracer.extract(request.headers, into: &parent, using: FieldExtractor())
        let span = tracer.startAnySpan("\(request.method) infer", context: parent, ofKind: .server)
        defer { span.end() }
        span.attributes["deeper.model"] = model.name
        return try await ServiceContext.withValue(span.context) {
            do {
                return try await work()
            } catch {
                span.recordError(error)
                throw error
            }
        }
    }

    private struct FieldExtractor: Extractor {
        func extract(key: String, from carrier: HTTPFields) -> String? {
            HTTPField.Name(key).flatMap { carrier[$0] }
        }
    }
}
#endif
