#if Server
/// What an access log says of one request.
public struct AccessRecord: Sendable, Encodable {
    /// `http` or `grpc`.
    public var `protocol`: String
    /// The client's address, as the connection has it.
    public var client: String?
    public var method: String
    /// Of HTTP, without the query.
    public var path: String?
    /// HTTP's status, or the name of gRPC's.
    public var status: String
    /// Why it was not answered as asked; nil if it was.
    public var error: String?
    /// From the request's head to its answer, ready to be sent.
    public var seconds: Double
    public var requestID: String
    /// The trace that the client says the request is part of, as W3C's Trace Context has it.
    public var traceParent: String?

    enum CodingKeys: String, CodingKey {
        case `protocol`, client, method, path, status, error, seconds
        case requestID = "request_id"
        case traceParent = "traceparent"
    }
}
#endif
