import DeeperTensors

/// PNM, the formats of Netpbm: PBM, PGM and PPM as text (P1, P2, P3) and packed (P4, P5, P6).
///
/// A sample is `value * 255 / maxval`, rounded to the nearest integer, ties to even, as in Pillow. Grey with a maxval
/// above 255 is scaled too, whereas Pillow clips it at 255. Of several pictures the first one is read.
enum PNMDecoder {
    static func decode(_ bytes: UnsafeRawBufferPointer, limits: DecodingLimits) throws -> Picture {
        var cursor = ByteCursor(bytes: bytes, position: 1)
        let kind = try cursor.littleEndian(1) - Int(UInt8(ascii: "0"))
        let isText = kind <= 3, isBits = kind == 1 || kind == 4
        let extent = Extent(width: try headerNumber(&cursor), height: try headerNumber(&cursor))
        try limits.check(extent)
        let largest = isBits ? 1 : try headerNumber(&cursor)
        guard (1...65_535).contains(largest) else {
            throw DeeperError(.invalidInput, "the largest value is \(largest), expected 1 to 65535")
        }
        let channels = kind == 3 || kind == 6 ? 3 : 1
        let sampleCount = channels * extent.width * extent.height
        var samples: [UInt8]
        switch (isText, isBits) {
        case (true, true): samples = try textBits(&cursor, count: sampleCount)
        case (false, true): samples = try packedBits(&cursor, extent)
        case (true, false): samples = try textNumbers(&cursor, count: sampleCount, largest: largest)
        case (false, false): samples = try packedNumbers(&cursor, count: sampleCount, largest: largest)
        }
        if channels == 1 { samples = tripled(samples) }
        return Picture(checkedWidth: extent.width, height: extent.height, pixels: samples)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func headerNumber(_ cursor: inout ByteCursor) throws -> Int {
        guard let token = token(&cursor), let number = Int(token) else {
            throw DeeperError(.invalidInput, "a number of the header is missing or malformed")
        }
        return number
    }

    /// The next characters between white space and comments, nil at the end; one white-space character after them is
    /// skipped.
    ///
    /// At most 11 characters; more than 10 occur in no valid file.
    private static func token(_ cursor: inout ByteCursor) -> String? {
        var token: [UInt8] = []
        while token.count <= 10, let byte = cursor.next() {
            if byte == UInt8(ascii: "#") {
                while let skipped = cursor.next(), skipped != 0x0A, skipped != 0x0D {}
            } else if !isSpace(byte) {
                token.append(byte)
            } else if !token.isEmpty {
                break
            }
        }
        return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
    }

    private static func textBits(_ cursor: inout ByteCursor, count: Int) throws -> [UInt8] {
        guard cursor.remaining >= count else { throw DeeperError(.invalidInput, "the file ends early") }
        var samples: [UInt8] = []
        samples.reserveCapacity(count)
        while samples.count < count {
            switch cursor.next() {
            case UInt8(ascii: "0"): samples.append(255)
            case UInt8(ascii: "1"): samples.append(0)
            case UInt8(ascii: "#"): while let skipped = cursor.next(), skipped != 0x0A, skipped != 0x0D {}
            case let byte? where isSpace(byte): break
            case nil: throw DeeperError(.invalidInput, "the file ends early")
            case let byte?: throw DeeperError(.invalidInput, "expected 0 or 1 for a pixel, found the byte \(byte)")
            }
        }
        return samples
    }

    /// Rows of bits, padded to bytes; 1 is black.
    private static func packedBits(_ cursor: inout ByteCursor, _ extent: Extent) throws -> [UInt8] {
        let rowByteCount = (extent.width + 7) / 8
        let rows = try cursor.take(rowByteCount * extent.height)
        var samples: [UInt8] = []
        samples.reserveCapacity(extent.width * extent.height)
        for y in 0..<extent.height {
            for x in 0..<extent.width {
                samples.append(rows[y * rowByteCount + x / 8] >> UInt8(7 - x % 8) & 1 == 1 ? 0 : 255)
            }
        }
        return samples
    }

    private static func textNumbers(_ cursor: inout ByteCursor, count: Int, largest: Int) throws -> [UInt8] {
        // A number takes a digit and a space, except for the last one.
        guard cursor.remaining >= 2 * count - 1 else { throw DeeperError(.invalidInput, "the file ends early") }
        return try (0..<count).map { _ in
            guard let token = token(&cursor) else { throw DeeperError(.invalidInput, "the file ends early") }
            guard let value = Int(token), (0...largest).contains(value) else {
                throw DeeperError(.invalidInput, "expected a value of 0 to \(largest), found \"\(token)\"")
            }
            return scaled(value, largest: largest)
        }
    }

    private static func packedNumbers(_ cursor: inout ByteCursor, count: Int, largest: Int) throws -> [UInt8] {
        if largest < 256 {
            let table = (0...largest).map { scaled($0, largest: largest) }
            return try cursor.take(count).map { table[min(Int($0), largest)] }
        }
        let bytes = try cursor.take(2 * count)
        return (0..<count).map {
            scaled(min(Int(bytes[2 * $0]) << 8 | Int(bytes[2 * $0 + 1]), largest), largest: largest)
        }
    }

    private static func scaled(_ value: Int, largest: Int) -> UInt8 {
        UInt8((Double(value) / Double(largest) * 255).rounded(.toNearestOrEven))
    }

    private static func tripled(_ grey: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 3 * grey.count) { target, count in
            for (index, sample) in grey.enumerated() {
                for channel in 0..<3 { target[3 * index + channel] = sample }
            }
            count = 3 * grey.count
        }
    }
}
