import DeeperTensors

/// BMP (Windows and OS/2): 1, 4, 8, 16, 24 and 32 bits per pixel, with and without run lengths, stored bottom-up or
/// top-down.
///
/// As in Pillow, alpha is dropped, and colours beyond the palette are black. A colour mask may be any run of adjacent
/// bits. If the end mark of the run lengths comes before all pixels are set, the remaining pixels have colour 0.
enum BMPDecoder {
    static func decode(_ bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws -> Picture {
        var cursor = ByteCursor(bytes: bytes)
        let header = try BMPHeader(&cursor)
        try limits.check(header.extent)
        let (width, height) = (header.extent.width, header.extent.height)
        cursor.position = min(header.pixelOffset ?? cursor.position, bytes.count)
        if header.isRunLength {
            let indices = try BMPRunLengths.indices(&cursor, header)
            return picture(header) { row, write in
                for x in 0..<width { write(x, header.colour(of: Int(indices[row * width + x]))) }
            }
        }
        // Rows are padded to 4 bytes.
        let rowByteCount = (width * header.bitCount + 31) / 32 * 4
        let rows = try cursor.take(rowByteCount * height)
        let perByte = max(1, 8 / header.bitCount), byteCount = header.bitCount / 8
        return picture(header) { row, write in
            let line = UnsafeRawBufferPointer(rebasing: rows[row * rowByteCount..<(row + 1) * rowByteCount])
            if header.bitCount <= 8 {
                let mask = 1 << header.bitCount - 1
                for x in 0..<width {
                    let shift = 8 - header.bitCount * (x % perByte + 1)
                    write(x, header.colour(of: Int(line[x / perByte]) >> shift & mask))
                }
            } else {
                for x in 0..<width {
                    var pixel: UInt32 = 0
                    for byte in (0..<byteCount).reversed() { pixel = pixel << 8 | UInt32(line[x * byteCount + byte]) }
                    write(
                        x,
                        (
                            header.masks[0].sample(of: pixel), header.masks[1].sample(of: pixel),
                            header.masks[2].sample(of: pixel)
                        ))
                }
            }
        }
    }

    typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

    /// Calls `body` for every row of the file with a function that sets a pixel of it.
    private static func picture(
        _ header: BMPHeader, _ body: (_ row: Int, _ write: (_ x: Int, _ colour: Colour) -> Void) -> Void
    ) -> Picture {
        let (width, height) = (header.extent.width, header.extent.height)
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        pixels.withUnsafeMutableBufferPointer { target in
            for row in 0..<height {
                let start = 3 * width * (header.isTopDown ? row : height - 1 - row)
                body(row) { x, colour in
                    target[start + 3 * x] = colour.red
                    target[start + 3 * x + 1] = colour.green
                    target[start + 3 * x + 2] = colour.blue
                }
            }
        }
        return Picture(checkedWidth: width, height: height, pixels: pixels)
    }
}
