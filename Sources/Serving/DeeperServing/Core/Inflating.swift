#if Server
internal import DeeperImaging
internal import DeeperInferenceProtocol
internal import DeeperTensors

enum Inflating {
    /// What a client compressed, by gzip or deflate.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that it may have.
    ///   - name: stands for it in errors.
    /// - Throws: `badRequest`, `tooLarge`.
    static func inflate(_ bytes: [UInt8], limit: Int, name: String) throws -> [UInt8] {
        do {
            return try GzipInflater.inflate(bytes, maxByteCount: limit)
        } catch let error as DeeperError {
            throw ServingError(error.code == .limitExceeded ? .tooLarge : .badRequest, "\(name): \(error)")
        }
    }
}
#endif
