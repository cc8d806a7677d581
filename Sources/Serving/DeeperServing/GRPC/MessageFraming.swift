#if Server
/// Finds where the messages of a gRPC stream begin and end: each follows a byte of flags and its length in four bytes.
struct MessageFraming {
    private var prefix: [UInt8] = []
    private var remaining = 0

    /// The number of messages that have ended.
    private(set) var ended = 0
    /// The length that the current message gives; 0 before it is known.
    private(set) var length = 0

    /// Whether a message has begun and not ended.
    var isInMessage: Bool { remaining > 0 || !prefix.isEmpty }

    static let prefixByteCount = 5

    /// Takes the next bytes of the stream.
    ///
    /// - Parameters:
    ///   - onStart: called with the position, among these bytes, of each byte of flags.
    ///   - onEnd: called with the length of each message that ends, its prefix included.
    mutating func take(_ bytes: some Collection<UInt8>, onStart: (Int) -> Void = { _ in }, onEnd: (Int) -> Void) {
        var rest = bytes[...]
        var place = 0
        while !rest.isEmpty {
            if prefix.count < Self.prefixByteCount {
                if prefix.isEmpty { onStart(place) }
                let part = rest.prefix(Self.prefixByteCount - prefix.count)
                prefix += part
                place += part.count
                rest = rest[part.endIndex...]
                guard prefix.count == Self.prefixByteCount else { return }
                length = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
                remaining = length
            }
            let part = rest.prefix(remaining)
            remaining -= part.count
            place += part.count
            rest = rest[part.endIndex...]
            if remaining == 0 {
                onEnd(length + Self.prefixByteCount)
                ended += 1
                prefix = []
                length = 0
            }
        }
    }
}
#endif
