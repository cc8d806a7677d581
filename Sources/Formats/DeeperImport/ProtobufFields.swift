/// The fields of one protobuf message, in order (https://protobuf.dev/programming-guides/encoding). Nothing of them is
/// copied: weights stay where they are.
struct ProtobufFields {
    struct Field {
        var number: UInt64
        /// The whole field, its key included.
        var range: Range<Int>
        /// The bytes after the length, for fields that have one; those of the number for numbers of fixed size.
        var contents: Range<Int>
        var kind: Kind
    }

    enum Kind: Hashable {
        /// A number of any size, with its value.
        case number(UInt64)
        /// A number of eight bytes.
        case eightBytes
        /// Text, bytes, a message or packed numbers.
        case bytes
        /// A number of four bytes.
        case fourBytes
    }

    private(set) var all: [Field] = []
    /// More fields than this take more memory than reading a message in place saves.
    private static let largestCount = 1 << 20

    /// - Returns: nil for bytes that are not a message, use groups or have very many fields.
    init?(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        var place = range.lowerBound
        while place < range.upperBound {
            let start = place
            guard let key = protobufNumber(bytes, &place, range.upperBound) else { return nil }
            let contents: Range<Int>
            let kind: Kind
            switch key & 7 {
            case 0:
                let first = place
                guard let value = protobufNumber(bytes, &place, range.upperBound) else { return nil }
                (kind, contents) = (.number(value), first..<place)
            case 1: (kind, contents) = (.eightBytes, place..<place + 8)
            case 2:
                guard let length = protobufNumber(bytes, &place, range.upperBound),
                    length <= UInt64(range.upperBound - place)
                else { return nil }
                (kind, contents) = (.bytes, place..<place + Int(length))
            case 5: (kind, contents) = (.fourBytes, place..<place + 4)
            default: return nil
            }
            place = contents.upperBound
            guard place <= range.upperBound, all.count < ProtobufFields.largestCount else { return nil }
            all.append(Field(number: key >> 3, range: start..<place, contents: contents, kind: kind))
        }
    }
}

/// A number of variable length at `place`, which is moved after it; nil if it does not end before `end`.
func protobufNumber(_ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ end: Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard place < end else { return nil }
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
    }
    return nil
}
