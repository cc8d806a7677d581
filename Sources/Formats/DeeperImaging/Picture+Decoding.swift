import DeeperTensors

extension Picture {
    /// The orientation in which a picture is decoded.
    public enum Orientation: String, Sendable, Hashable, Codable, CaseIterable {
        /// As it is meant to be seen: turned and mirrored according to the file's EXIF block, XMP, TIFF tag or HEIF
        /// transformations.
        case upright
        /// As its rows and columns are stored in the file.
        case stored
    }

    /// Decodes a picture file in memory. The format is recognised by the first bytes.
    ///
    /// The formats are JPEG, PNG, BMP and PNM; with the package trait `PictureFormats` also WebP, HEIC, AVIF, GIF and
    /// TIFF. Of several frames or pages the first one is read.
    ///
    /// The samples are those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`: upright, no colour
    /// management, alpha dropped, CMYK in JPEG files assumed to be inverted. There are two differences: 16-bit grey
    /// keeps its high byte instead of being clipped at 255, and a PNG file with a wrong checksum is an error. As in
    /// Pillow, a JPEG file that libjpeg-turbo finishes with warnings is accepted, and a file that ends early is an
    /// error.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - limits: what the file may demand, checked before pixels are decoded.
    ///   - orientation: whether the picture is turned upright. Turning temporarily takes the memory of a second
    ///     picture.
    /// - Throws: `invalidInput` for a damaged file and for a format that deeper or this build does not read,
    ///   `limitExceeded` beyond `limits`.
    public init(
        decoding bytes: UnsafeRawBufferPointer, limits: DecodingLimits = DecodingLimits(),
        orientation: Orientation = .upright
    ) throws {
        try limits.check(fileBytes: bytes.count)
        let format = try PictureFormat(of: bytes)
        let (picture, tags) = try locating(format.name) {
            try Picture.decoded(bytes, format, limits, isUpright: orientation == .upright)
        }
        self = orientation == .upright ? picture.upright(from: tags.orientation) : picture
    }

    /// Decodes a picture file in memory; see ``init(decoding:limits:orientation:)-(UnsafeRawBufferPointer,_,_)``.
    public init(
        decoding bytes: [UInt8], limits: DecodingLimits = DecodingLimits(), orientation: Orientation = .upright
    ) throws {
        self = try bytes.withUnsafeBytes { try Picture(decoding: $0, limits: limits, orientation: orientation) }
    }

    /// Decodes a picture file; see ``init(decoding:limits:orientation:)-(UnsafeRawBufferPointer,_,_)``.
    ///
    /// - Throws: `fileNotFound` if it cannot be opened, `invalidInput` if it is not a valid picture file,
    ///   `limitExceeded` beyond `limits`.
    public init(
        contentsOf path: String, limits: DecodingLimits = DecodingLimits(), orientation: Orientation = .upright
    ) throws {
        self = try locating(path) {
            try Picture(
                decoding: FileAccess.read(path, maxByteCount: limits.maxFileBytes), limits: limits,
                orientation: orientation)
        }
    }

    /// The decoded picture, and the file's statements about its orientation, which are read only if `isUpright`.
    private static func decoded(
        _ bytes: UnsafeRawBufferPointer, _ format: PictureFormat, _ limits: DecodingLimits, isUpright: Bool
    ) throws -> (Picture, OrientationTags) {
        switch format {
        case .jpeg:
            let picture = try JPEGDecoder.decode(bytes, limits: limits)
            return (picture, isUpright ? OrientationTags(jpeg: bytes) : OrientationTags())
        case .png:
            let picture = try PNGDecoder.decode(bytes, limits: limits)
            return (picture, isUpright ? OrientationTags(png: bytes) : OrientationTags())
        case .bmp: return (try BMPDecoder.decode(bytes, limits: limits), OrientationTags())
        case .pnm: return (try PNMDecoder.decode(bytes, limits: limits), OrientationTags())
        case .webp, .heic, .avif, .gif, .tiff:
            #if PictureFormats
            return try LibraryDecoder.decode(bytes, format, limits: limits, isUpright: isUpright)
            #else
            preconditionFailure("\(format.name) is not readable")
            #endif
        }
    }
}
