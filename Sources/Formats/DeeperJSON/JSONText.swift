/// JSON text that is assembled piece by piece.
public struct JSONText: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Appends text unchanged: punctuation, or values that already are JSON.
    public mutating func append(_ raw: StaticString) { raw.withUTF8Buffer { bytes.append(contentsOf: $0) } }

    /// Appends a number.
    public mutating func append(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }

    /// Appends a number.
    public mutating func append(_ number: UInt64) { bytes.append(contentsOf: String(number).utf8) }

    /// Appends a number, in the fewest digits that identify it.
    ///
    /// - Returns: whether JSON can represent it; infinities and NaN are not appended.
    public mutating func append(_ number: Float) -> Bool {
        guard number.isFinite else { return false }
        bytes.append(contentsOf: number.description.utf8)
        return true
    }

    /// Appends a number, in the fewest digits that identify it.
    public mutating func append(_ number: Double) -> Bool {
        guard number.isFinite else { return false }
        bytes.append(contentsOf: number.description.utf8)
        return true
    }

    /// Appends a string in quotation marks.
    public mutating func append(quoting text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(JSONText.hexDigits[Int(byte >> 4)])
                bytes.append(JSONText.hexDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexDigits = [UInt8]("0123456789abcdef".utf8)
}
