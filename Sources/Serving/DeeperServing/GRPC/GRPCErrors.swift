#if Server
internal import NIOHPACK
internal import DeeperInferenceProtocol
internal import GRPCCore

extension RPCError {
    init(_ error: ServingError) { self.init(code: error.kind.rpcCode, message: error.message) }
}

extension ServingError.Kind {
    var rpcCode: RPCError.Code {
        switch self {
        case .badRequest: .invalidArgument
        case .unauthorized: .unauthenticated
        case .forbidden: .permissionDenied
        case .notFound: .notFound
        case .methodNotAllowed, .unsupportedEncoding: .unimplemented
        case .requestTimeout, .deadlineExceeded: .deadlineExceeded
        case .tooLarge, .exhausted: .resourceExhausted
        case .cancelled: .cancelled
        case .unavailable: .unavailable
        case .internalFault: .internalError
        }
    }
}

extension ServingError {
    /// The message in the encoding of a gRPC status.
    var percentEncodedMessage: String {
        message.utf8.reduce(into: "") { result, byte in
            if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
    }
}

extension HPACKHeaders {
    /// Keeps the transport from inflating messages: see ``EncodedMessage/isCompressed``.
    ///
    /// - Returns: whether messages may be compressed.
    mutating func takeCompression() -> Bool {
        remove(name: "grpc-accept-encoding")
        guard ["gzip", "deflate"].contains(first(name: "grpc-encoding")) else { return false }
        remove(name: "grpc-encoding")
        return true
    }
}
#endif
