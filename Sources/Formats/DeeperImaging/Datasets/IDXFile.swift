import DeeperTensors

/// An IDX file of unsigned bytes: two zero bytes, the type 8, the rank, one big-endian 32-bit extent per axis, then the
/// elements.
struct IDXFile: Sendable {
    let dimensions: [Int]
    /// The product of `dimensions` elements, row-major.
    let content: [UInt8]

    /// Reads a file, plain or packed with gzip.
    ///
    /// - Throws: `fileNotFound`; `invalidModel` if the type is not unsigned bytes, the rank is not `rank`, or the
    ///   length differs from what the header says; `limitExceeded` beyond `maxFileBytes`, packed or unpacked.
    init(contentsOf path: String, rank: Int, maxFileBytes: Int) throws {
        self = try locating(path) {
            var bytes = try FileAccess.read(path, maxByteCount: maxFileBytes)
            if bytes.starts(with: GzipInflater.signature) {
                bytes = try GzipInflater.inflate(bytes, maxByteCount: maxFileBytes)
            }
            return try IDXFile(bytes: bytes, rank: rank)
        }
    }

    /// Parses a file in memory; errors as for ``init(contentsOf:rank:maxFileBytes:)``.
    init(bytes: [UInt8], rank: Int) throws {
        let headerBytes = 4 + 4 * rank
        guard bytes.count >= headerBytes else {
            throw DeeperError(.invalidModel, "\(bytes.count) bytes are less than the header of \(headerBytes)")
        }
        guard bytes.starts(with: [0, 0, 8, UInt8(rank)]) else {
            throw DeeperError(
                .invalidModel,
                "expected an IDX file of unsigned bytes and rank \(rank), starting with 0 0 8 \(rank), "
                    + "found \(bytes.prefix(4).map(String.init).joined(separator: " "))")
        }
        dimensions = (1...rank).map { axis in
            bytes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        let contentBytes = bytes.count - headerBytes
        guard try Shape(validating: dimensions).elementCount == contentBytes else {
            throw DeeperError(.invalidModel, "the header says \(dimensions), the file has \(contentBytes) elements")
        }
        content = Array(bytes[headerBytes...])
    }
}
