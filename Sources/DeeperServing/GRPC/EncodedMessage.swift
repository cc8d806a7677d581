#if Server
internal import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import InferenceProtocol
internal import SwiftProtobuf

/// A message as it is sent. Large ones are encoded and decoded on threads for that, since the transport would do it on
/// Swift's cooperative pool.
struct EncodedMessage: Sendable {
    private let bytes: HTTP2ServerTransport.Posix.Bytes

    private init(_ bytes: HTTP2ServerTransport.Posix.Bytes) { self.bytes = bytes }

    /// An empty message.
    init() { bytes = .init(repeating: 0, count: 0) }

    /// - Throws: if the message has more than 2 GiB.
    init(_ message: some Message) throws { bytes = .init(try message.serializedBytes() as [UInt8]) }

    var byteCount: Int { bytes.count }

    /// - Throws: `badRequest` if these are not the bytes of such a message.
    func decoded<Decoded: Message>(as type: Decoded.Type = Decoded.self) throws -> Decoded {
        try bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return Decoded() }
            do {
                // The decoder copies what it keeps.
                return try Decoded(
                    serializedBytes: Data(
                        bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none))
            } catch {
                throw ServingError(.badRequest, "the message is no \(Decoded.protoMessageName): \(error)")
            }
        }
    }

    /// Takes the transport's memory as it is; small messages are copied, which would keep a whole receive buffer.
    struct Deserializer: MessageDeserializer {
        private static let smallCount = 4096

        func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> EncodedMessage {
            if bytes.count > Self.smallCount, let own = bytes as? HTTP2ServerTransport.Posix.Bytes {
                return EncodedMessage(own)
            }
            return EncodedMessage(bytes.withUnsafeBytes { .init($0) })
        }
    }

    /// Gives the transport's memory as it is.
    struct Serializer: MessageSerializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ message: EncodedMessage) throws -> Bytes {
            message.bytes as? Bytes ?? message.bytes.withUnsafeBytes { Bytes($0) }
        }
    }
}
#endif
