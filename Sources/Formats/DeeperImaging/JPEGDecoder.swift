import CDeeperTurboJPEG
import DeeperTensors

/// JPEG by libjpeg-turbo, with the decoder settings that Pillow uses: the accurate integer DCT and smooth upsampling.
///
/// As in Pillow, a damaged picture is accepted if libjpeg-turbo only warns and finishes it, because photographs with a
/// few stray bytes are common. A file that ends early is an error, even if libjpeg-turbo fills the rest with grey.
///
/// Not decoded: lossless and 12-bit files.
enum JPEGDecoder {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    static func decode(_ bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws -> Picture {
        guard let decoder = tjInitDecompress() else {
            throw DeeperError(.limitExceeded, "libjpeg-turbo could not be started")
        }
        defer { tjDestroy(decoder) }
        let source = bytes.bindMemory(to: UInt8.self)
        let header = try readHeader(source, decoder)
        try limits.check(header.extent)

        let (width, height) = (header.extent.width, header.extent.height)
        let sampleCount = header.isCMYK ? 4 : 3
        // libjpeg-turbo writes height rows of width * sampleCount bytes, or fails and the array is discarded.
        let samples = try [UInt8](unsafeUninitializedCapacity: width * height * sampleCount) { buffer, count in
            let status = tjDecompress2(
                decoder, source.baseAddress, UInt(source.count), buffer.baseAddress, Int32(width),
                Int32(width * sampleCount), Int32(height), Int32((header.isCMYK ? TJPF_CMYK : TJPF_RGB).rawValue),
                TJFLAG_LIMITSCANS)
            if status != 0 { try checkDamage(source, message(decoder)) }
            count = buffer.count
        }
        let pixels = header.isCMYK ? redGreenBlue(invertedCMYK: samples) : samples
        return Picture(checkedWidth: width, height: height, pixels: pixels)
    }

    private static func readHeader(
        _ source: UnsafeBufferPointer<UInt8>, _ decoder: tjhandle
    ) throws -> (extent: Extent, isCMYK: Bool) {
        var (width, height, subsampling, colourSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let status = tjDecompressHeader3(
            decoder, source.baseAddress, UInt(source.count), &width, &height, &subsampling, &colourSpace)
        // The call also fails on sampling factors that have no TJSAMP name, but the decoder takes them; the extent
        // is set once libjpeg has accepted the header.
        guard width > 0, height > 0 else {
            throw DeeperError(.invalidInput, status == 0 ? "there is no picture in the file" : message(decoder))
        }
        let isCMYK = colourSpace == TJCS_CMYK.rawValue || colourSpace == TJCS_YCCK.rawValue
        return (Extent(width: Int(width), height: Int(height)), isCMYK)
    }

    /// Throws unless the picture was finished and the file is complete.
    ///
    /// TurboJPEG 2 marks every failure after a warning as a warning, so its error code does not tell whether the
    /// picture was finished. Its message does: that of a failure replaces that of a warning, and libjpeg uses different
    /// texts for the two (jerror.h, JERR and JWRN). Anything that is not known to be a warning is a failure.
    private static func checkDamage(_ source: UnsafeBufferPointer<UInt8>, _ message: String) throws {
        guard finishingWarnings.contains(where: message.hasPrefix) else { throw DeeperError(.invalidInput, message) }
        guard endsAfterLastScan(source) else { throw DeeperError(.invalidInput, "the file ends early (\(message))") }
    }

    private static let finishingWarnings = [
        "Corrupt JPEG data:", "Inconsistent progression sequence", "Invalid SOS parameters for sequential JPEG",
        "Unknown Adobe color transform", "Warning: unknown JFIF revision number",
    ]

    /// Whether the last of all scan-start and picture-end markers is a picture end.
    private static func endsAfterLastScan(_ source: UnsafeBufferPointer<UInt8>) -> Bool {
        let (scanStart, pictureEnd): (UInt8, UInt8) = (0xDA, 0xD9)
        for i in source.indices.dropLast().reversed() where source[i] == 0xFF {
            if source[i + 1] == pictureEnd { return true }
            if source[i + 1] == scanStart { return false }
        }
        return false
    }

    private static func message(_ decoder: tjhandle) -> String { String(cString: tjGetErrorStr2(decoder)) }
}
