#if PictureFormats
import DeeperTensors

/// A box of an ISO base media file (ISO/IEC 14496-12, 4.2).
struct ISOBox {
    let type: String
    let content: UnsafeRawBufferPointer

    /// The version, for boxes that have one; 0 for an empty box.
    var version: Int { content.first.map(Int.init) ?? 0 }

    /// The content after the version and flags, for boxes that have them.
    func fullContent() throws -> UnsafeRawBufferPointer {
        var cursor = ByteCursor(bytes: content)
        _ = try cursor.take(4)
        return try cursor.take(cursor.remaining)
    }

    /// The boxes in a sequence of boxes.
    ///
    /// - Throws: `invalidInput` if one reaches beyond the end or is shorter than its header.
    static func list(_ bytes: UnsafeRawBufferPointer) throws -> [ISOBox] {
        var cursor = ByteCursor(bytes: bytes)
        var boxes: [ISOBox] = []
        while cursor.remaining > 0 { boxes.append(try ISOBox(&cursor)) }
        return boxes
    }

    /// Reads one box; a length of 0 means that it extends to the end.
    ///
    /// - Throws: as ``list(_:)``.
    init(_ cursor: inout ByteCursor) throws {
        let start = cursor.position
        var byteCount = try cursor.bigEndian(4)
        type = String(decoding: try cursor.take(4), as: UTF8.self)
        if byteCount == 1 { byteCount = try cursor.bigEndian(8) }
        content = try cursor.take(byteCount == 0 ? cursor.remaining : byteCount - (cursor.position - start))
    }
}
#endif
