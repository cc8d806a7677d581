extension OrientationTags {
    /// The tags of a PNG file (PNG 3, 11.3): its chunk eXIf, otherwise the text `Raw profile type exif` that
    /// ImageMagick writes, and the text `XML:com.adobe.xmp`. Of several of one kind the last one counts.
    init(png bytes: UnsafeRawBufferPointer) {
        var xmpTexts: [TextChunk] = [], profiles: [TextChunk] = []
        var position = PNGDecoder.signature.count
        while position + 8 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let (start, end) = (position + 8, position + 8 + length)
            guard end <= bytes.count else { break }
            let content = bytes[start..<end]
            if bytes.holds("eXIf", at: position + 4) {
                exif = "Exif\0\0".utf8 + Array(content)
            } else if bytes.holds("iTXt", at: position + 4) {
                TextChunk(content, named: "XML:com.adobe.xmp", .international).map { xmpTexts.append($0) }
            } else if bytes.holds("zTXt", at: position + 4) {
                TextChunk(content, named: "Raw profile type exif", .compressed).map { profiles.append($0) }
            } else if bytes.holds("tEXt", at: position + 4) {
                TextChunk(content, named: "Raw profile type exif", .plain).map { profiles.append($0) }
            }
            // A checksum follows the content.
            position = end + 4
        }
        xmp = TextChunk.last(of: xmpTexts)
        exif = exif ?? TextChunk.last(of: profiles).flatMap(OrientationTags.unpacked(rawProfile:))
    }

    /// The bytes of ImageMagick's profiles: an empty line, a name, a length, and hexadecimal digits in lines.
    private static func unpacked(rawProfile text: [UInt8]) -> [UInt8]? {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let digits = lines.dropFirst(3).joined().compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// A text chunk of a PNG file, not yet unpacked.
private struct TextChunk {
    enum Kind { case plain, compressed, international }

    private var packed: Slice<UnsafeRawBufferPointer>
    private var isCompressed: Bool

    /// Nil if the chunk has another name.
    init?(_ chunk: Slice<UnsafeRawBufferPointer>, named name: String, _ kind: Kind) {
        guard chunk.starts(with: (name + "\0").utf8) else { return nil }
        packed = chunk.dropFirst(name.utf8.count + 1)
        isCompressed = kind == .compressed
        switch kind {
        case .plain: break
        case .compressed: packed = packed.dropFirst()
        case .international:
            isCompressed = packed.first == 1
            // Two bytes for the compression, then the language and the translated name.
            packed = packed.dropFirst(2)
            for _ in 0..<2 { packed = packed.drop { $0 != 0 }.dropFirst() }
        }
    }

    /// The text; nil if it is damaged or has more than 1 MiB.
    private var text: [UInt8]? {
        isCompressed ? try? GzipInflater.inflate(Array(packed), maxByteCount: 1 << 20) : Array(packed)
    }

    /// The text of the last chunk that has a valid one. Only the last eight chunks are tried, because a file can hold
    /// very many.
    static func last(of chunks: [TextChunk]) -> [UInt8]? { chunks.suffix(8).reversed().lazy.compactMap(\.text).first }
}
