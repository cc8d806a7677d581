#if Server
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
#endif
