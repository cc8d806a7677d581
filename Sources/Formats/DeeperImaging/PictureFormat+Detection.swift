import DeeperTensors

extension PictureFormat {
    /// Detects the format of a file by its first bytes; its name does not matter.
    ///
    /// - Throws: `invalidInput` for a file that is not a picture, or is in a format that deeper or this build does not
    ///   read; the message says what the file is and what to do.
    init(of bytes: UnsafeRawBufferPointer) throws {
        guard !bytes.isEmpty else { throw DeeperError(.invalidInput, "the file is empty, there are no bytes") }
        // Some raw formats of cameras look like TIFF, so these other kinds are checked first.
        if let kind = OtherFileKind(of: bytes) {
            throw DeeperError(
                .invalidInput, "this is \(kind.name), which is not read; \(kind.advice) \(PictureFormat.readableNames)")
        }
        guard let format = PictureFormat.detected(in: bytes) else {
            let start = bytes.prefix(4).map(String.init(describing:)).joined(separator: " ")
            throw DeeperError(
                .invalidInput,
                "this is not a picture in a known format, its first bytes are \(start); "
                    + "this build reads \(PictureFormat.readableNames)")
        }
        guard format.isReadable else {
            throw DeeperError(
                .invalidInput,
                "this file is in \(format.name) format, and this build reads \(PictureFormat.readableNames); "
                    + "build with the package trait PictureFormats (needs \(format.optionalPackage ?? "")) or convert "
                    + "the file")
        }
        self = format
    }

    /// The format that a file's first 256 bytes indicate; nil if deeper does not know it.
    static func detected(in bytes: UnsafeRawBufferPointer) -> PictureFormat? {
        if bytes.starts(with: JPEGDecoder.signature) { return .jpeg }
        if bytes.starts(with: PNGDecoder.signature) { return .png }
        if bytes.starts(with: "BM".utf8) { return .bmp }
        if bytes.starts(with: "RIFF".utf8), bytes.holds("WEBP", at: 8) { return .webp }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return .gif }
        // TIFF and BigTIFF in both byte orders.
        for start in ["II\u{2A}\0", "MM\0\u{2A}", "II\u{2B}\0", "MM\0\u{2B}"] where bytes.starts(with: start.utf8) {
            return .tiff
        }
        if bytes.count > 2, bytes[0] == UInt8(ascii: "P"), (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1]),
            PNMDecoder.isSpace(bytes[2])
        {
            return .pnm
        }
        let brands = bytes.fileTypeBrands
        if brands.contains(where: ["avif", "avis"].contains) { return .avif }
        let stills = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]
        return brands.contains(where: stills.contains) ? .heic : nil
    }
}

extension UnsafeRawBufferPointer {
    /// Whether an ASCII text begins at `position`.
    func holds(_ text: String, at position: Int) -> Bool {
        count >= position && self[position...].starts(with: text.utf8)
    }

    /// The brands of an ISO base media file (ISO/IEC 14496-12, box `ftyp`), the major one first; empty for other files.
    var fileTypeBrands: [String] {
        guard count >= 16, holds("ftyp", at: 4) else { return [] }
        let boxEnd = self[..<4].reduce(0) { $0 << 8 | Int($1) }
        // The minor version is stored between the major brand and the compatible ones.
        let places = [8] + Array(stride(from: 16, to: Swift.min(boxEnd, count, 256) - 3, by: 4))
        return places.map { String(decoding: self[$0..<$0 + 4], as: UTF8.self) }
    }
}
