extension OrientationTags {
    /// The tags of a PNG file (PNG 3, 11.3): its chunk eXIf, else the text `Raw profile type exif` that ImageMagick writes, and
    /// the text `XML:com.adobe.xmp`. Of several the last one counts.
    init(png bytes: UnsafeRawBufferPointer) {
        var rawProfile: [UInt8]?
        var position = PNGDecoder.signature.count
        while position + 8 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let (start, end) = (position + 8, position + 8 + length)
            guard end <= bytes.count else { break }
            let content = bytes[start..<end]
            if bytes.holds("eXIf", at: position + 4) {
                exif = "Exif\0\0".utf8 + Array(content)
            } else if bytes.holds("iTXt", at: position + 4) {
                xmp = OrientationTags.text(content, named: "XML:com.adobe.xmp", isInternational: true) ?? xmp
            } else if bytes.holds("zTXt", at: position + 4) {
                rawProfile =
                    OrientationTags.text(content, named: "Raw profile type exif", isCompressed: true) ?? rawProfile
            } else if bytes.holds("tEXt", at: position + 4) {
                rawProfile = OrientationTags.text(content, named: "Raw profile type exif") ?? rawProfile
            }
            // A checksum follows the content.
            position = end + 4
        }
        exif = exif ?? rawProfile.flatMap(OrientationTags.unpacked(rawProfile:))
    }

    /// The text of a text chunk if it has the given name.
    private static func text(
        _ chunk: Slice<UnsafeRawBufferPointer>, named name: String, isCompressed: Bool = false,
        isInternational: Bool = false
    ) -> [UInt8]? {
        guard chunk.starts(with: (name + "\0").utf8) else { return nil }
        var rest = chunk.dropFirst(name.utf8.count + 1)
        var isCompressed = isCompressed
        if isInternational {
            isCompressed = rest.first == 1
            // Two bytes about the compression, then the language and the translated name.
            rest = rest.dropFirst(2)
            for _ in 0..<2 { rest = rest.drop { $0 != 0 }.dropFirst() }
        } else if isCompressed {
            rest = rest.dropFirst()
        }
        return isCompressed ? try? GzipInflater.inflate(Array(rest), maxByteCount: 1 << 20) : Array(rest)
    }

    /// The bytes of ImageMagick's profiles: an empty line, a name, a length, and hexadecimal digits in lines.
    private static func unpacked(rawProfile text: [UInt8]) -> [UInt8]? {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let digits = lines.dropFirst(3).joined().compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
