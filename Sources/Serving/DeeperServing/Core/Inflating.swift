#if Server
internal import DeeperImaging
internal import DeeperInferenceProtocol
internal import DeeperTensors

enum Inflating {
    /// Decompresses data that a client compressed with gzip or deflate.
    ///
    /// - Parameters:
    ///   - limit: the largest number of bytes of the result.
    ///   - name: the name of the data in errors.
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
