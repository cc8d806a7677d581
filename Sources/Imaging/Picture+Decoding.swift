import Tensors

extension Picture {
    /// Decodes a JPEG or PNG file in memory; its first bytes tell which.
    ///
    /// The samples are those of Pillow's `Image.open(file).convert("RGB")`: no colour management, EXIF orientation
    /// ignored, alpha dropped, CMYK taken for inverted. Different from Pillow: 16-bit grey keeps its high byte instead
    /// of being cut off at 255, and a PNG file with a wrong checksum is an error. A JPEG file that libjpeg-turbo
    /// finishes with warnings is a picture in both; a file that ends early is an error in both.
    ///
    /// - Throws: `invalidInput` for another format or a damaged file, `limitExceeded` beyond `limits`.
    public init(decoding bytes: UnsafeRawBufferPointer, limits: DecodingLimits = DecodingLimits()) throws {
        try limits.check(fileBytes: bytes.count)
        if bytes.starts(with: JPEGDecoder.signature) {
            self = try locating("JPEG") { try JPEGDecoder.decode(bytes, limits: limits) }
        } else if bytes.starts(with: PNGDecoder.signature) {
            self = try locating("PNG") { try PNGDecoder.decode(bytes, limits: limits) }
        } else if bytes.isEmpty {
            throw DeeperError(.invalidInput, "expected a JPEG or PNG file, there are no bytes")
        } else {
            let start = bytes.prefix(4).map(String.init(describing:)).joined(separator: " ")
            throw DeeperError(.invalidInput, "expected a JPEG or PNG file, the first bytes are \(start)")
        }
    }

    /// Decodes a JPEG or PNG file in memory; see ``init(decoding:limits:)-(UnsafeRawBufferPointer,_)``.
    public init(decoding bytes: [UInt8], limits: DecodingLimits = DecodingLimits()) throws {
        self = try bytes.withUnsafeBytes { try Picture(decoding: $0, limits: limits) }
    }

    /// Decodes a JPEG or PNG file.
    ///
    /// - Throws: `fileNotFound` if it cannot be opened, `invalidInput` if it is not a sound JPEG or PNG file,
    ///   `limitExceeded` beyond `limits`.
    public init(contentsOf path: String, limits: DecodingLimits = DecodingLimits()) throws {
        self = try locating(path) {
            try Picture(decoding: FileAccess.read(path, maxByteCount: limits.maxFileBytes), limits: limits)
        }
    }
}
