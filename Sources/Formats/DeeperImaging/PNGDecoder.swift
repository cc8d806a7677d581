import CDeeperImaging
import DeeperTensors

/// Decodes PNG with libpng. Every colour type, bit depth and interlacing method is decoded to 8-bit RGB.
///
/// Decoding is strict: a wrong checksum in a chunk that matters and a missing end are errors. Pillow accepts a wrong
/// checksum of pixel data. 16-bit samples keep their high byte, as in Pillow, except that Pillow clips 16-bit grey at
/// 255, which makes the picture nearly all white.
enum PNGDecoder {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func decode(_ bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws -> Picture {
        let source = bytes.bindMemory(to: UInt8.self)
        guard let start = source.baseAddress else { throw DeeperError(.invalidInput, "there are no bytes") }
        let reader = try withMessage { deeper_png_open(start, source.count, $0) }
        defer { deeper_png_close(reader) }
        let extent = Extent(width: Int(deeper_png_width(reader)), height: Int(deeper_png_height(reader)))
        try limits.check(extent)

        let byteCount = 3 * extent.width * extent.height
        let pixels = try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            // Interlaced passes read the rows that they add to.
            buffer.initialize(repeating: 0)
            _ = try withMessage { message -> Bool? in
                deeper_png_read_pixels(reader, buffer.baseAddress!, message) == 0 ? nil : true
            }
            count = byteCount
        }
        return Picture(checkedWidth: extent.width, height: extent.height, pixels: pixels)
    }
}

/// Calls a function of CImaging. A nil result is turned into an error with the message that the function wrote.
func withMessage<Result>(_ call: (UnsafeMutablePointer<CChar>) -> Result?) throws -> Result {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(DEEPER_MESSAGE_BYTES)) { buffer in
        buffer.initialize(repeating: 0)
        let message = buffer.baseAddress!
        guard let result = call(message) else { throw DeeperError(.invalidInput, String(cString: message)) }
        return result
    }
}
