#if PictureFormats
import DeeperTensors

/// The picture sizes in HEVC data: those of the sequence parameter sets (ITU-T H.265, 7.3.2.2).
enum HEVCExtents {
    /// Calls `body` with the extent of every parameter set of a box hvcC (ISO/IEC 14496-15, 8.3.2.1).
    static func inConfiguration(_ box: UnsafeRawBufferPointer, _ body: (Extent) throws -> Void) throws {
        var cursor = ByteCursor(bytes: box)
        _ = try cursor.take(22)
        for _ in 0..<(try cursor.bigEndian(1)) {
            _ = try cursor.take(1)
            for _ in 0..<(try cursor.bigEndian(2)) { try visit(cursor.take(cursor.bigEndian(2)), body) }
        }
    }

    /// Calls `body` with the extent of every parameter set of a picture's data, in which each unit follows its length
    /// in 4 bytes, as libheif expects.
    static func inData(_ data: UnsafeRawBufferPointer, _ body: (Extent) throws -> Void) throws {
        var cursor = ByteCursor(bytes: data)
        while cursor.remaining > 0 { try visit(cursor.take(cursor.bigEndian(4)), body) }
    }

    private static func visit(_ unit: UnsafeRawBufferPointer, _ body: (Extent) throws -> Void) throws {
        let sequenceParameterSet = 33
        guard unit.count > 2, Int(unit[0] >> 1 & 63) == sequenceParameterSet else { return }
        // Only the start of a set is needed. A 3 after two zeros is not content: it keeps start codes from appearing by
        // chance.
        var content: [UInt8] = []
        var zeroCount = 0
        for byte in unit[2...].prefix(1024) {
            if zeroCount >= 2, byte == 3 {
                zeroCount = 0
                continue
            }
            zeroCount = byte == 0 ? zeroCount + 1 : 0
            content.append(byte)
        }
        try content.withUnsafeBytes { try body(extent($0)) }
    }

    private static func extent(_ set: UnsafeRawBufferPointer) throws -> Extent {
        var bits = BitCursor(set)
        try bits.skip(4)
        let higherLayerCount = try bits.read(3)
        try bits.skip(1)
        try skipProfiles(&bits, higherLayerCount)
        _ = try bits.variableLength()
        let hasThreePlanesOfOneSize = try bits.variableLength() == 3
        if hasThreePlanesOfOneSize { try bits.skip(1) }
        return Extent(width: try bits.variableLength(), height: try bits.variableLength())
    }

    /// profile_tier_level (7.3.3).
    private static func skipProfiles(_ bits: inout BitCursor, _ higherLayerCount: Int) throws {
        try bits.skip(88 + 8)
        var lengths: [Int] = []
        for _ in 0..<higherLayerCount { lengths.append(try (bits.flag() ? 88 : 0) + (bits.flag() ? 8 : 0)) }
        if higherLayerCount > 0 { try bits.skip(2 * (8 - higherLayerCount)) }
        for length in lengths { try bits.skip(length) }
    }
}
#endif
