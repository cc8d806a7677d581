internal import CDeeper
internal import DeeperTensors

extension deeper_status {
    init(_ code: DeeperError.Code) {
        self =
            switch code {
            case .invalidModel: DEEPER_INVALID_MODEL
            case .unsupported: DEEPER_UNSUPPORTED
            case .invalidInput: DEEPER_INVALID_INPUT
            case .fileNotFound: DEEPER_FILE_NOT_FOUND
            case .limitExceeded: DEEPER_LIMIT_EXCEEDED
            case .cancelled: DEEPER_CANCELLED
            case .overloaded: DEEPER_OVERLOADED
            case .forked: DEEPER_FORKED
            case .internalFault: DEEPER_INTERNAL_FAULT
            }
    }
}

/// Does the work of a function of the ABI; an error becomes a status and the calling thread's last error.
func reporting(_ work: () throws -> Void) -> deeper_status {
    do {
        try work()
        return DEEPER_OK
    } catch {
        deeper_set_last_error("\(error)")
        return deeper_status((error as? DeeperError)?.code ?? .internalFault)
    }
}

/// The value of a pointer that must not be NULL.
func given<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw DeeperError(.invalidInput, "\(name) is NULL") }
    return value
}
