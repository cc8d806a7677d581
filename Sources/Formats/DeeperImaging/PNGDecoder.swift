import CDeeperImaging
import DeeperTensors

/// PNG by libpng. Every colour type, bit depth and interlacing comes out as 8-bit RGB.
///
/// Strict: a wrong checksum in a chunk that matters and a missing end are errors. Pillow lets a wrong checksum over
/// pixel data pass. 16-bit samples keep their high byte; so does Pillow, except for 16-bit grey, which it cuts off at
/// 255 and so turns nearly all white.
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
            // Interlaced passes read the rows they add to.
            buffer.initialize(repeating: 0)
            _ = try withMessage { message -> Bool? in
                deeper_png_read_pixels(reader, buffer.baseAddress!, message) == 0 ? nil : true
            }
            count = byteCount
        }
        return Picture(checkedWidth: extent.width, height: extent.height, pixels: pixels)
    }
}

/// Calls into CImaging; a nil result becomes an error with the message that the call left.
func withMessage<Result>(_ call: (UnsafeMutablePointer<CChar>) -> Result?) throws -> Result {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(DEEPER_MESSAGE_BYTES)) { buffer in
        buffer.initialize(repeating: 0)
        let message = buffer.baseAddress!
        guard let result = call(message) else { throw DeeperError(.invalidInput, String(cString: message)) }
        return result
    }
}
