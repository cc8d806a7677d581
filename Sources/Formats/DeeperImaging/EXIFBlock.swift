/// An EXIF block, read only for its orientation tag (EXIF 2.32, section 4.6; TIFF 6.0, section 2).
///
/// Only the first directory is read: later ones describe thumbnails. Every address is checked, and a directory ends at
/// the first entry that reaches outside of the block, as it does for Pillow.
struct EXIFBlock {
    enum Orientation: Equatable {
        /// There is no such tag.
        case absent
        /// There is one; nil if its value is not in 1...8.
        case stated(StoredOrientation?)
    }

    private let bytes: ArraySlice<UInt8>

    init(_ block: [UInt8]) {
        var bytes = block[...]
        let label = Array("Exif\0\0".utf8)
        // Some programs write the label twice.
        for _ in 0..<2 where bytes.starts(with: label) { bytes = bytes.dropFirst(label.count) }
        self.bytes = bytes
    }

    /// The value of the tag 0x0112 in the first directory. Numbers of every TIFF type are accepted.
    var orientation: Orientation {
        guard let isLittleEndian, let directory = integer(at: 4, byteCount: 4, isLittleEndian),
            let entryCount = integer(at: directory, byteCount: 2, isLittleEndian)
        else { return .absent }
        var seen: Set<Int> = []
        var outsideByteCount = 0
        for entry in 0..<entryCount {
            let start = directory + 2 + 12 * entry
            guard let tag = integer(at: start, byteCount: 2, isLittleEndian),
                let type = integer(at: start + 2, byteCount: 2, isLittleEndian),
                let count = integer(at: start + 4, byteCount: 4, isLittleEndian),
                let offset = integer(at: start + 8, byteCount: 4, isLittleEndian)
            else { return .absent }
            guard !seen.contains(tag), let type = EXIFType(rawValue: type) else { continue }
            let byteCount = count * type.byteCount
            var position = start + 8
            if byteCount > 4 {
                outsideByteCount += byteCount
                if outsideByteCount > bytes.count { continue }
                position = offset
                guard position + byteCount <= bytes.count else { return .absent }
            }
            if byteCount == 0 { continue }
            if tag == EXIFBlock.orientationTag {
                return .stated(value(at: position, type, isLittleEndian).flatMap(StoredOrientation.init(exactly:)))
            }
            seen.insert(tag)
        }
        return .absent
    }

    private static let orientationTag = 0x0112

    /// The byte order according to the block's first four bytes; nil if they are not those of TIFF.
    private var isLittleEndian: Bool? {
        // Only the first text of each list is correct; the others are mistakes of some programs, which Pillow accepts
        // too.
        for start in ["MM\0\u{2A}", "MM\u{2A}\0", "MM\0\u{2B}"] where bytes.starts(with: start.utf8) { return false }
        for start in ["II\u{2A}\0", "II\0\u{2A}"] where bytes.starts(with: start.utf8) { return true }
        return nil
    }

    private func value(at position: Int, _ type: EXIFType, _ isLittleEndian: Bool) -> Double? {
        guard let bits = integer(at: position, byteCount: min(type.byteCount, 4), isLittleEndian) else { return nil }
        func second() -> Int? { integer(at: position + 4, byteCount: 4, isLittleEndian) }
        switch type {
        case .byte, .ascii, .undefined: return nil
        case .short, .long, .directory: return Double(bits)
        case .signedByte: return Double(Int8(truncatingIfNeeded: bits))
        case .signedShort: return Double(Int16(truncatingIfNeeded: bits))
        case .signedLong: return Double(Int32(truncatingIfNeeded: bits))
        case .float: return Double(Float(bitPattern: UInt32(bits)))
        case .rational: return second().map { Double(bits) / Double($0) }
        case .signedRational:
            return second().map { Double(Int32(truncatingIfNeeded: bits)) / Double(Int32(truncatingIfNeeded: $0)) }
        case .double, .long8:
            guard let other = second() else { return nil }
            let (low, high) = isLittleEndian ? (bits, other) : (other, bits)
            let pattern = UInt64(high) << 32 | UInt64(low)
            return type == .double ? Double(bitPattern: pattern) : Double(pattern)
        }
    }

    /// `byteCount` bytes as a number; nil if they are not all in the block.
    private func integer(at position: Int, byteCount: Int, _ isLittleEndian: Bool) -> Int? {
        guard position >= 0, position + byteCount <= bytes.count else { return nil }
        let field = bytes.dropFirst(position).prefix(byteCount)
        return isLittleEndian ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The types of values in TIFF.
private enum EXIFType: Int {
    case byte = 1
    case ascii, short, long, rational, signedByte, undefined, signedShort, signedLong, signedRational, float, double
    case directory
    case long8 = 16

    var byteCount: Int {
        switch self {
        case .byte, .ascii, .signedByte, .undefined: 1
        case .short, .signedShort: 2
        case .long, .signedLong, .float, .directory: 4
        case .rational, .signedRational, .double, .long8: 8
        }
    }
}

extension StoredOrientation {
    fileprivate init?(exactly value: Double) {
        guard let number = Int(exactly: value) else { return nil }
        self.init(rawValue: number)
    }
}
