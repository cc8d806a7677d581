#if Server
internal import HTTPTypes
internal import Hummingbird

/// The rights of pages of other origins, as browsers request them (https://fetch.spec.whatwg.org/#http-cors-protocol).
extension ServingConfiguration {
    private static let requestFields =
        "Authorization, Content-Type, Content-Encoding, Inference-Header-Content-Length, X-Request-Id, traceparent"
    private static let responseFields = "Inference-Header-Content-Length, X-Request-Id, Retry-After"
    private static let maxAge = "600"

    func isAllowed(origin: String) -> Bool { corsOrigins.contains("*") || corsOrigins.contains(origin) }

    /// The answer to a preflight request of a browser; nil for other requests.
    func preflight(_ request: Request, _ route: HTTPRoute) -> Response? {
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            let origin = request.headers[.origin], isAllowed(origin: origin)
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: route.methods.map(\.rawValue).joined(separator: ", "),
                .accessControlAllowHeaders: Self.requestFields, .accessControlMaxAge: Self.maxAge,
            ])
    }

    /// Allows the page that sent a request to read the response.
    func allowOrigin(of request: Request, in response: inout Response) {
        guard !corsOrigins.isEmpty else { return }
        response.headers[.vary] = "Origin"
        guard let origin = request.headers[.origin], isAllowed(origin: origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.responseFields
    }
}
#endif
