internal import DeeperTensors

/// The reason why a request was not answered; each transport translates it into its own codes.
public struct ServingError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        case badRequest, unauthorized, forbidden, notFound, methodNotAllowed, requestTimeout, tooLarge,
            unsupportedEncoding
        /// The caller closed the connection or cancelled the request.
        case cancelled
        /// The deadline passed before the request was computed.
        case deadlineExceeded
        /// Too many requests are waiting, or the server is stopping: try again elsewhere, or later.
        case unavailable
        /// The server's memory is used up: try again later.
        case exhausted
        case internalFault
    }

    public var kind: Kind
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        // Messages repeat what clients sent, which may be long.
        self.message = message.utf8.count <= 1024 ? message : Self.shortened(message)
    }

    /// Cuts between Unicode scalars, because one character may have any number of bytes.
    private static func shortened(_ message: String) -> String {
        var end = message.utf8.index(message.startIndex, offsetBy: 1000)
        while end.samePosition(in: message.unicodeScalars) == nil { end = message.utf8.index(before: end) }
        return String(message.unicodeScalars[..<end]) + "…"
    }

    public var description: String { message }

    /// Creates the error that a transport should report for any error. Only errors of this project reveal what
    /// happened.
    public init(_ error: any Error) {
        switch error {
        case let error as ServingError: self = error
        case let error as DeeperError: self.init(Kind(error.code), "\(error)")
        case is CancellationError: self.init(.cancelled, "the request was cancelled")
        default: self.init(.internalFault, "internal error")
        }
    }
}

extension ServingError.Kind {
    init(_ code: DeeperError.Code) {
        self =
            switch code {
            case .invalidInput, .limitExceeded, .invalidModel, .unsupported: .badRequest
            case .fileNotFound: .notFound
            case .overloaded: .unavailable
            case .cancelled: .deadlineExceeded
            case .forked, .internalFault: .internalFault
            }
    }
}
