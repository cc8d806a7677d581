#if Server
internal import DeeperInferenceProtocol
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
    /// A document as JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return json(bytes: [UInt8](try encoder.encode(value)), status: status)
    }

    static func json(bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// An error in the form that every client of the protocol reads.
    static func error(_ error: ServingError, requestID: String? = nil) -> Response {
        var response = Response.json(bytes: error.json(requestID: requestID), status: error.kind.status)
        switch error.kind {
        case .unavailable, .exhausted: response.headers[.retryAfter] = "1"
        case .unauthorized: response.headers[.wwwAuthenticate] = "Bearer"
        default: break
        }
        return response
    }

    /// The largest answer, because buffers count bytes in 32 bits.
    private static let largestAnswer = 1 << 31

    /// An inference's outputs; those wanted as bytes follow the JSON.
    static func inference(_ response: InferenceResponse) throws -> Response {
        let json = try response.json()
        let binary = response.outputs.filter(\.wantsBinary)
        guard !binary.isEmpty else { return .json(bytes: json) }
        let byteCount = binary.reduce(json.count) { $0 + $1.byteCount }
        guard byteCount <= largestAnswer else {
            throw ServingError(
                .badRequest, "the outputs have \(byteCount) bytes, too many for one answer; ask for fewer")
        }
        var buffer = ByteBufferAllocator().buffer(capacity: byteCount)
        buffer.writeBytes(json)
        for output in binary { _ = try output.withBytes { buffer.writeBytes($0) } }
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream", .inferenceHeaderContentLength: String(json.count)],
            body: ResponseBody(byteBuffer: buffer))
    }
}

extension ServingError.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .badRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .tooLarge: .contentTooLarge
        case .unsupportedEncoding: .unsupportedMediaType
        case .cancelled: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
        case .deadlineExceeded: .gatewayTimeout
        case .unavailable, .exhausted: .serviceUnavailable
        case .internalFault: .internalServerError
        }
    }
}

extension HTTPField.Name {
    /// The number of bytes of a body that are JSON; tensors follow as bytes.
    static let inferenceHeaderContentLength = HTTPField.Name("Inference-Header-Content-Length")!
    static let requestID = HTTPField.Name(RequestID.field)!
    static let traceParent = HTTPField.Name("traceparent")!
}
#endif
