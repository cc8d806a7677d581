/// The statements of a file about the orientation of its pixels.
struct OrientationTags {
    /// An EXIF block: a TIFF file of tags, with or without the six bytes `Exif\0\0` before it.
    var exif: [UInt8]?
    /// An XMP block: XML text.
    var xmp: [UInt8]?
    /// The value of the format's own tag, in formats that have one.
    var own: Int?

    /// The orientation; top left, which leaves the pixels as they are, if the file states none or an invalid one.
    ///
    /// As in Pillow's `ImageOps.exif_transpose`, XMP is used only if EXIF has no such tag at all.
    var orientation: StoredOrientation {
        if let own { return StoredOrientation(rawValue: own) ?? .topLeft }
        if let exif {
            switch EXIFBlock(exif).orientation {
            case .stated(let orientation): return orientation ?? .topLeft
            case .absent: break
            }
        }
        return xmp.flatMap(OrientationTags.orientation(inXMP:)) ?? .topLeft
    }

    /// The digit of the first `tiff:Orientation="6"` or `<tiff:Orientation>6`.
    private static func orientation(inXMP text: [UInt8]) -> StoredOrientation? {
        let name = Array("tiff:Orientation".utf8), attribute = Array("=\"".utf8), element = Array(">".utf8)
        var rest = text[...]
        while let start = rest.firstIndex(of: name[0]) {
            rest = rest[start...]
            if rest.starts(with: name) {
                let value = rest.dropFirst(name.count)
                for separator in [attribute, element] where value.starts(with: separator) {
                    guard let character = value.dropFirst(separator.count).first else { continue }
                    let digit = Int(character) - Int(UInt8(ascii: "0"))
                    if (0...9).contains(digit) { return StoredOrientation(rawValue: digit) }
                }
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}
