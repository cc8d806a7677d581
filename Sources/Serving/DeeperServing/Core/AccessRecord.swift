#if Server
/// The entry of an access log for one request.
public struct AccessRecord: Sendable, Encodable {
    /// `http` or `grpc`.
    public var `protocol`: String
    /// The client's address, as known from the connection.
    public var client: String?
    /// The HTTP method, or the full name of the gRPC method.
    public var method: String
    /// The path of an HTTP request, without the query.
    public var path: String?
    /// The HTTP status, or the name of the gRPC status.
    public var status: String
    /// Why the request failed; nil if it succeeded.
    public var error: String?
    /// The time from the request's head until its answer is ready to be sent.
    public var seconds: Double
    /// The identifier of the request, which the answer has too: the client's own or one that the server made.
    public var requestID: String
    /// The trace to which the request belongs according to the client, in the form of W3C's Trace Context.
    public var traceParent: String?

    enum CodingKeys: String, CodingKey {
        case `protocol`, client, method, path, status, error, seconds
        case requestID = "request_id"
        case traceParent = "traceparent"
    }
}
#endif
