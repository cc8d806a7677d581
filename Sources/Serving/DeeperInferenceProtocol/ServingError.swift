internal import DeeperTensors

/// Why a request was not answered; the transports say it in their own numbers.
public struct ServingError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        case badRequest, unauthorized, forbidden, notFound, methodNotAllowed, requestTimeout, tooLarge,
            unsupportedEncoding
        /// The caller went away or cancelled.
        case cancelled
        /// The deadline passed before the request was computed.
        case deadlineExceeded
        /// Too much waits already, or the server is stopping: try again elsewhere, or later.
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

    /// Cut between scalars: one character may have any number of bytes.
    private static func shortened(_ message: String) -> String {
        var end = message.utf8.index(message.startIndex, offsetBy: 1000)
        while end.samePosition(in: message.unicodeScalars) == nil { end = message.utf8.index(before: end) }
        return String(message.unicodeScalars[..<end]) + "…"
    }

    public var description: String { message }

    /// What a transport should say of any error. Only the errors of this project say what happened.
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
