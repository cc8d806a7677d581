#if Server
internal import DeeperInferenceProtocol
internal import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import SwiftProtobuf

/// A message in encoded form. Large messages are encoded and decoded on threads for long work, since the transport
/// would do it on Swift's cooperative pool.
struct EncodedMessage: Sendable {
    private let bytes: HTTP2ServerTransport.Posix.Bytes

    private init(_ bytes: HTTP2ServerTransport.Posix.Bytes) { self.bytes = bytes }

    /// An empty message.
    init() { bytes = .init(repeating: 0, count: 0) }

    /// - Throws: if the message has more than 2 GiB.
    init(_ message: some Message) throws { bytes = .init(try message.serializedBytes() as [UInt8]) }

    var byteCount: Int { bytes.count }

    /// Whether the client compressed the message. The stream's guard hides the compression from the transport, which
    /// would inflate messages on an event loop, and (2.9) would never finish if they are truncated. No message of the
    /// protocol begins with these bytes: 0x1f is not a valid tag, and 0x78 is the tag of a field that no message here
    /// has.
    var isCompressed: Bool {
        bytes.withUnsafeBytes { bytes in
            guard bytes.count > 2 else { return false }
            let start = (bytes[0], bytes[1])
            return start == (0x1f, 0x8b) || start.0 == 0x78 && (Int(start.0) << 8 | Int(start.1)) % 31 == 0
        }
    }

    /// The message as it was before it was compressed.
    ///
    /// - Parameter limit: the largest number of bytes that it may have.
    /// - Throws: `badRequest`, `tooLarge`.
    func inflated(limit: Int) throws -> EncodedMessage {
        guard isCompressed else { return self }
        return EncodedMessage(
            .init(try Inflating.inflate(bytes.withUnsafeBytes { [UInt8]($0) }, limit: limit, name: "the message")))
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    /// - Throws: `badRequest` if these are not the bytes of such a message, `tooLarge` beyond the limit.
    func decoded<Decoded: Message>(as type: Decoded.Type = Decoded.self, limit: Int) throws -> Decoded {
        try inflated(limit: limit).bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return Decoded() }
            do {
                // The decoder copies the bytes that it keeps.
                return try Decoded(
                    serializedBytes: Data(
                        bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none))
            } catch {
                throw ServingError(.badRequest, "the message is no \(Decoded.protoMessageName): \(error)")
            }
        }
    }

    /// Takes over the transport's memory. Small messages are copied, because each would keep a whole receive buffer
    /// alive.
    struct Deserializer: MessageDeserializer {
        private static let smallCount = 4096

        func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> EncodedMessage {
            if bytes.count > Self.smallCount, let own = bytes as? HTTP2ServerTransport.Posix.Bytes {
                return EncodedMessage(own)
            }
            return EncodedMessage(bytes.withUnsafeBytes { .init($0) })
        }
    }

    /// Returns the memory in the transport's form, without a copy.
    struct Serializer: MessageSerializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ message: EncodedMessage) throws -> Bytes {
            message.bytes as? Bytes ?? message.bytes.withUnsafeBytes { Bytes($0) }
        }
    }
}
#endif
