#if Server
internal import DeeperInferenceProtocol
internal import GRPCCore
internal import SwiftProtobuf

/// Messages that are short enough to be decoded where they arrive.
enum SmallMessage {
    static let largestByteCount = 64 << 10

    struct Deserializer<Content: Message>: MessageDeserializer {
        func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Content {
            do {
                return try EncodedMessage.Deserializer().deserialize(bytes).decoded(limit: largestByteCount)
            } catch {
                throw RPCError(ServingError(error))
            }
        }
    }
}
#endif
