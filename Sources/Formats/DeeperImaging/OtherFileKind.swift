/// A kind of file that may be found among pictures but is not read, so that the error can say what the file is.
struct OtherFileKind {
    /// With its article: "a PDF document".
    let name: String
    /// What to do; messages append a list of formats.
    let advice: String

    private init(_ name: String, _ advice: String = "convert it to one of") {
        self.name = name
        self.advice = advice
    }

    /// Nil for everything else, including pictures that are read.
    init?(of bytes: UnsafeRawBufferPointer) {
        if let kind = OtherFileKind.signatures.first(where: { bytes.holds($0.text, at: $0.position) }) {
            self.init(kind.name)
        } else if bytes.starts(with: [0xFF, 0x0A]) {
            self.init("a JPEG XL picture")
        } else if bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) {
            self.init("a JPEG 2000 picture")
        } else if bytes.starts(with: [0, 0, 1, 0]) {
            self.init("an ICO file of icons")
        } else if bytes.starts(with: [0x1F, 0x8B]) {
            self.init("a gzip archive", "unpack it and give its pictures as")
        } else if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            self.init("a Matroska or WebM video", "save a frame of it as one of")
        } else if let name = OtherFileKind.media(bytes.fileTypeBrands) {
            self.init(name, name.hasSuffix("video") ? "save a frame of it as one of" : "convert it to one of")
        } else if let name = OtherFileKind.markup(bytes) {
            self.init(name)
        } else {
            return nil
        }
    }

    private static let signatures: [(name: String, text: String, position: Int)] = [
        ("a PDF document", "%PDF-", 0), ("a PostScript document", "%!PS", 0), ("a Photoshop document", "8BPS", 0),
        ("a JPEG XL picture", "JXL \r\n", 4), ("a JPEG 2000 picture", "jP  \r\n", 4),
        ("a ZIP archive", "PK\u{3}\u{4}", 0), ("a RAR archive", "Rar!", 0), ("a QOI picture", "qoif", 0),
        ("a PAM picture", "P7\n", 0), ("a PFM picture", "PF\n", 0), ("a PFM picture", "Pf\n", 0),
        ("a Radiance picture", "#?R", 0), ("an AVI video", "AVI ", 8), ("a WAVE sound", "WAVE", 8),
        ("a QuickTime video", "moov", 4), ("a QuickTime video", "mdat", 4),
        ("a raw picture of a Canon camera (CR2)", "CR", 8),
        ("a raw picture of a Fujifilm camera (RAF)", "FUJIFILMCCD-RAW", 0),
        ("a raw picture of an Olympus camera (ORF)", "IIRO", 0),
        ("a raw picture of an Olympus camera (ORF)", "IIRS", 0),
        ("a raw picture of an Olympus camera (ORF)", "MMOR", 0),
        ("a raw picture of a Panasonic camera (RW2)", "IIU\0", 0),
    ]

    /// The kind of an ISO base media file that is neither HEIC nor AVIF, according to its brands.
    private static func media(_ brands: [String]) -> String? {
        guard let major = brands.first else { return nil }
        let stills = ["avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]
        if brands.contains(where: stills.contains) { return nil }
        if major == "crx " { return "a raw picture of a Canon camera (CR3)" }
        return major == "qt  " ? "a QuickTime video" : "an MP4 video"
    }

    private static func markup(_ bytes: UnsafeRawBufferPointer) -> String? {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = bytes.prefix(1024).first { !PNMDecoder.isSpace($0) && !byteOrderMark.contains($0) }
        guard start == UInt8(ascii: "<") else { return nil }
        let text = String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
            .drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        guard text.hasPrefix("<") else { return nil }
        if text.contains("<svg") { return "an SVG drawing" }
        if text.hasPrefix("<!doctype html") || text.contains("<html") { return "an HTML page" }
        return text.hasPrefix("<?xml") || text.hasPrefix("<!") ? "an XML document" : nil
    }
}
