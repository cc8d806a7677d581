import DeeperTensors

/// The part of a BMP file before the pixels: BITMAPCOREHEADER, BITMAPINFOHEADER and its successors, masks and palette.
struct BMPHeader {
    let extent: Extent
    let isTopDown: Bool
    /// Bits per pixel.
    let bitCount: Int
    let isRunLength: Bool
    /// Where red, green and blue are in a pixel of 16 bits and more.
    private(set) var masks: [BMPMask] = []
    /// Where the pixels start; nil if they start right after the palette.
    private(set) var pixelOffset: Int?
    private var palette: [BMPDecoder.Colour] = []

    /// The colour with a number; black where the palette has none.
    func colour(of index: Int) -> BMPDecoder.Colour { index < palette.count ? palette[index] : (0, 0, 0) }

    /// Reads the whole header. `cursor` must be at the start of the file and is moved to the end of the palette.
    ///
    /// - Throws: `invalidInput` for kinds of BMP that do not exist or are not read.
    init(_ cursor: inout ByteCursor) throws {
        _ = try cursor.take(10)
        let offset = try cursor.littleEndian(4)
        let headerByteCount = try cursor.littleEndian(4)
        guard [12, 40, 52, 56, 64, 108, 124].contains(headerByteCount) else {
            throw DeeperError(.invalidInput, "no BMP header has \(headerByteCount) bytes")
        }
        var fields = ByteCursor(bytes: try cursor.take(headerByteCount - 4))
        let isCore = headerByteCount == 12
        let width = try fields.littleEndian(isCore ? 2 : 4)
        let rawHeight = try fields.littleEndian(isCore ? 2 : 4)
        let height = isCore ? rawHeight : Int(Int32(truncatingIfNeeded: rawHeight))
        _ = try fields.take(2)
        bitCount = try fields.littleEndian(2)
        let compression = isCore ? 0 : try fields.littleEndian(4)
        if !isCore { _ = try fields.take(12) }
        let colourCount = isCore ? 0 : try fields.littleEndian(4)
        extent = Extent(width: width, height: abs(height))
        isTopDown = height < 0
        isRunLength = compression == 1 || compression == 2
        guard [1, 4, 8, 16, 24, 32].contains(bitCount) else {
            throw DeeperError(.invalidInput, "BMP has no pixels of \(bitCount) bits")
        }
        guard compression <= 3, !isRunLength || bitCount == (compression == 1 ? 8 : 4),
            compression != 3 || bitCount >= 16
        else {
            throw DeeperError(
                .invalidInput,
                "compression \(compression) with \(bitCount) bits per pixel is not read; save it uncompressed")
        }
        if compression == 3 {
            // The masks follow the header in the oldest versions and are part of it in later ones.
            let isOutside = headerByteCount < 52 || headerByteCount == 64
            if !isOutside { _ = try fields.take(4) }
            masks = try (0..<3).map { _ in
                try BMPMask(UInt32(isOutside ? cursor.littleEndian(4) : fields.littleEndian(4)))
            }
        }
        if masks.allSatisfy({ $0.mask == 0 }) { masks = try BMPMask.standard(bitCount: bitCount) }
        try readPalette(&cursor, entryByteCount: isCore ? 3 : 4, count: colourCount)
        pixelOffset = offset == 0 ? nil : offset
    }

    private mutating func readPalette(_ cursor: inout ByteCursor, entryByteCount: Int, count: Int) throws {
        guard bitCount <= 8 else { return }
        let count = count == 0 ? 1 << bitCount : count
        guard count <= 65_536 else { throw DeeperError(.invalidInput, "a palette of \(count) colours is too large") }
        let bytes = try cursor.take(entryByteCount * count)
        palette = (0..<min(count, 256)).map { index in
            let start = index * entryByteCount
            return (bytes[start + 2], bytes[start + 1], bytes[start])
        }
    }
}

/// The bits of a pixel that hold one sample.
struct BMPMask {
    let mask: UInt32
    private let shift: UInt32
    private let largest: UInt32

    /// - Throws: `invalidInput` if the bits are not next to each other.
    init(_ mask: UInt32) throws {
        self.mask = mask
        shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
        largest = mask >> shift
        guard largest & (largest &+ 1) == 0 else {
            throw DeeperError(.invalidInput, "the bits of a colour are not next to each other")
        }
    }

    /// The sample scaled to 0...255, rounded down; 0 without bits.
    func sample(of pixel: UInt32) -> UInt8 {
        largest == 0 ? 0 : UInt8(UInt64((pixel & mask) >> shift) * 255 / UInt64(largest))
    }

    /// The masks of red, green and blue where the file has none.
    static func standard(bitCount: Int) throws -> [BMPMask] {
        try (bitCount == 16 ? [0x7C00, 0x3E0, 0x1F] : [0xFF0000, 0xFF00, 0xFF]).map(BMPMask.init)
    }
}
