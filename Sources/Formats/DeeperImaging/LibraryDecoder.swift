#if PictureFormats
import CDeeperImaging
import DeeperTensors

/// Decodes WebP, HEIC, AVIF, GIF and TIFF with the system's libraries, through C functions.
enum LibraryDecoder {
    /// - Parameter isUpright: whether libheif turns pictures as their files say. For the other libraries, the returned
    ///   tags tell how to turn.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ format: PictureFormat, limits: DecodingLimits, isUpright: Bool
    ) throws -> (Picture, OrientationTags) {
        let source = bytes.bindMemory(to: UInt8.self)
        guard let start = source.baseAddress else { throw DeeperError(.invalidInput, "there are no bytes") }
        if format == .heic || format == .avif { try checkCodedExtents(bytes, limits) }
        let reader: UnsafeMutablePointer<deeper_picture_reader> = try withMessage { message in
            switch format {
            case .webp: deeper_webp_open(start, source.count, message)
            case .gif: deeper_gif_open(start, source.count, message)
            case .tiff: deeper_tiff_open(start, source.count, message)
            default: deeper_heif_open(start, source.count, UInt64(limits.maxPixelCount), isUpright, message)
            }
        }
        defer { deeper_picture_close(reader) }
        let extent = Extent(width: Int(reader.pointee.width), height: Int(reader.pointee.height))
        try limits.check(extent)

        let byteCount = 3 * extent.width * extent.height
        let pixels = try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            // A first frame may leave parts of the picture out.
            buffer.initialize(repeating: 0)
            _ = try withMessage { message -> Bool? in
                deeper_picture_read(reader, buffer.baseAddress!, message) == 0 ? nil : true
            }
            count = byteCount
        }
        let picture = Picture(checkedWidth: extent.width, height: extent.height, pixels: pixels)
        return (picture, isUpright ? tags(of: reader.pointee) : OrientationTags())
    }

    /// - Throws: `limitExceeded` if a coded picture is more than twice as large as the limit allows; coders may round
    ///   extents up.
    private static func checkCodedExtents(_ bytes: UnsafeRawBufferPointer, _ limits: DecodingLimits) throws {
        let (twice, overflow) = limits.maxPixelCount.multipliedReportingOverflow(by: 2)
        let most = overflow ? .max : max(twice, 1 << 16)
        try HEIFExtents.visit(bytes) { extent in
            guard let pixelCount = extent.pixelCount, pixelCount <= most else {
                throw DeeperError(
                    .limitExceeded, "coded data of \(extent) pixels are above the limit of \(limits.maxPixelCount)")
            }
        }
    }

    private static func tags(of reader: deeper_picture_reader) -> OrientationTags {
        var tags = OrientationTags()
        // The blocks live as long as the reader.
        tags.exif = reader.exif.map { Array(UnsafeBufferPointer(start: $0, count: reader.exif_byte_count)) }
        tags.xmp = reader.xmp.map { Array(UnsafeBufferPointer(start: $0, count: reader.xmp_byte_count)) }
        tags.own = reader.orientation == 0 ? nil : Int(reader.orientation)
        return tags
    }
}
#endif
