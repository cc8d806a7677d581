#if Server
internal import DeeperInferenceProtocol

/// A scan of an encoded ModelInferRequest that estimates its memory before it is decoded: an empty submessage takes two
/// bytes of it, and more than a hundred in memory.
struct InferRequestScan {
    private static let mostEntries = 4 * InferenceRequest.largestPortCount
    /// The factor by which a message may grow when it is decoded: integers of one byte become elements of eight.
    private static let growth = 8

    private var entries = 0
    private var rawByteCount = 0
    private let byteCount: Int

    /// - Throws: `badRequest` for more parts than any request needs.
    init(_ bytes: UnsafeRawBufferPointer) throws {
        byteCount = bytes.count
        try Self.fields(bytes) { field, content in
            switch field {
            case 4: try count()
            case 5:
                try count()
                try Self.fields(content) { field, content in
                    if field == 4 { try count() }
                    if field == 5 { try Self.fields(content) { field, _ in if field == 8 { try count() } } }
                }
            case 6:
                try count()
                try Self.fields(content) { field, _ in if field == 4 { try count() } }
            case 7:
                try count()
                rawByteCount += content.count
            default: break
            }
        }
    }

    /// The largest number of bytes that the decoded message takes.
    var decodedByteCount: Int { rawByteCount + Self.growth * (byteCount - rawByteCount) }

    private mutating func count() throws {
        entries += 1
        guard entries <= Self.mostEntries else {
            throw ServingError(
                .badRequest, "the message has more than \(Self.mostEntries) inputs, outputs and parameters")
        }
    }

    /// Visits the fields that have a length. Malformed messages end early; the decoder reports what is wrong with them.
    private static func fields(
        _ bytes: UnsafeRawBufferPointer, _ visit: (_ field: UInt64, _ content: UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        var position = 0
        while let tag = varint(bytes, &position) {
            switch tag & 7 {
            case 0: if varint(bytes, &position) == nil { return }
            case 1: position += 8
            case 5: position += 4
            case 2:
                guard let length = varint(bytes, &position), length <= UInt64(bytes.count - position) else { return }
                let end = position + Int(length)
                try visit(tag >> 3, UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
                position = end
            default: return
            }
        }
    }

    private static func varint(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
#endif
