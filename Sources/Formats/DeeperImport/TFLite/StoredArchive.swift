/// A zip archive at the end of a file, whose entries are not compressed: TFLite's tools neither write nor read
/// compressed ones.
struct StoredArchive {
    private let bytes: UnsafeRawBufferPointer
    private let directory: Range<Int>
    /// By how many bytes all offsets are too small, because the archive was made before it was appended.
    private let shift: Int

    private static let endSignature: UInt32 = 0x0605_4B50
    private static let endSize = 22
    private static let entrySignature: UInt32 = 0x0201_4B50
    private static let entrySize = 46
    private static let headerSignature: UInt32 = 0x0403_4B50
    private static let headerSize = 30

    /// - Returns: nil if there is no archive.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        // A comment of at most 64 KiB comes after the end record.
        let last = bytes.count - StoredArchive.endSize
        guard last >= 0,
            let end = stride(from: last, through: max(0, last - 0xFFFF), by: -1)
                .first(where: { StoredArchive.number(bytes, $0, UInt32.self) == StoredArchive.endSignature }),
            let size = StoredArchive.number(bytes, end + 12, UInt32.self),
            let start = StoredArchive.number(bytes, end + 16, UInt32.self), Int(size) + Int(start) <= end
        else { return nil }
        directory = end - Int(size)..<end
        shift = end - Int(size) - Int(start)
    }

    /// Where the contents of an entry are; nil if there is none, or it is compressed.
    func range(of name: String) -> Range<Int>? {
        var place = directory.lowerBound
        while place + StoredArchive.entrySize <= directory.upperBound,
            number(place, UInt32.self) == StoredArchive.entrySignature,
            let method = number(place + 10, UInt16.self), let size = number(place + 24, UInt32.self),
            let nameCount = number(place + 28, UInt16.self), let extraCount = number(place + 30, UInt16.self),
            let commentCount = number(place + 32, UInt16.self), let offset = number(place + 42, UInt32.self)
        {
            let text = place + StoredArchive.entrySize..<place + StoredArchive.entrySize + Int(nameCount)
            guard text.upperBound <= directory.upperBound else { return nil }
            if bytes[text].elementsEqual(name.utf8) {
                return method == 0 ? contents(at: Int(offset) + shift, Int(size)) : nil
            }
            place = text.upperBound + Int(extraCount) + Int(commentCount)
        }
        return nil
    }

    private func contents(at header: Int, _ size: Int) -> Range<Int>? {
        guard number(header, UInt32.self) == StoredArchive.headerSignature,
            let nameCount = number(header + 26, UInt16.self), let extraCount = number(header + 28, UInt16.self),
            case let start = header + StoredArchive.headerSize + Int(nameCount) + Int(extraCount),
            start + size <= bytes.count
        else { return nil }
        return start..<start + size
    }

    private func number<Number: FixedWidthInteger>(_ place: Int, _ type: Number.Type) -> Number? {
        StoredArchive.number(bytes, place, type)
    }

    private static func number<Number: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ place: Int, _ type: Number.Type
    ) -> Number? {
        guard place >= 0, place <= bytes.count - MemoryLayout<Number>.size else { return nil }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }
}
