import CDeeperZlib
import DeeperTensors

/// Unpacks gzip (RFC 1952) and zlib (RFC 1950) data in memory.
public enum GzipInflater {
    static let signature: [UInt8] = [0x1F, 0x8B]

    /// The content of all members of the data, one after the other, with their checksums verified.
    ///
    /// - Throws: `invalidModel` for a damaged or truncated file, `limitExceeded` as soon as there are more than
    ///   `maxByteCount` bytes.
    public static func inflate(_ bytes: [UInt8], maxByteCount: Int) throws -> [UInt8] {
        // zlib remembers the address of its stream, and only allocated memory has an address that stays.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        // 32 accepts a header of either kind, 15 selects the largest window.
        guard inflateInit2_(stream, 32 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DeeperError(.limitExceeded, "zlib could not be started")
        }
        defer { inflateEnd(stream) }
        var content: [UInt8] = []
        var input = bytes[...]
        // The trailer after the packed data is read last, so there is input left as long as output is still to come.
        while !input.isEmpty {
            let (output, used, status) = inflateStep(stream, input.prefix(1 << 16))
            input = input.dropFirst(used)
            content += output
            guard content.count <= maxByteCount else {
                throw DeeperError(.limitExceeded, "the content is above the limit of \(maxByteCount) bytes")
            }
            switch status {
            case Z_OK where used > 0 || !output.isEmpty: break
            case Z_STREAM_END where input.isEmpty: return content
            case Z_STREAM_END: inflateReset(stream)
            default: throw DeeperError(.invalidModel, "the compressed data are damaged (zlib status \(status))")
            }
        }
        throw DeeperError(.invalidModel, "the compressed data end early")
    }

    /// One call of zlib with space for 256 KiB of output.
    private static func inflateStep(
        _ stream: UnsafeMutablePointer<z_stream>, _ input: ArraySlice<UInt8>
    ) -> (output: [UInt8], used: Int, status: Int32) {
        var status = Z_OK
        let capacity = 1 << 18
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
            input.withUnsafeBufferPointer { source in
                // zlib's declaration lacks const; it does not write to its input.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = UInt32(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = UInt32(capacity)
                status = CDeeperZlib.inflate(stream, Z_NO_FLUSH)
            }
            count = capacity - Int(stream.pointee.avail_out)
        }
        return (output, input.count - Int(stream.pointee.avail_in), status)
    }
}
