public import DeeperTensors

/// The code of the ``DeeperError`` that `body` throws; nil if it returns. Other errors pass through.
public func errorCode(_ body: () throws -> Void) throws -> DeeperError.Code? {
    do {
        try body()
        return nil
    } catch let error as DeeperError {
        return error.code
    }
}
