public import DeeperTensors

/// A reader for JSON text (RFC 8259) that works from front to back; the caller says which value it expects next.
///
/// Nothing is built for values that are skipped, so hostile input costs time proportional to its length and no memory.
/// Duplicate names are passed to the caller, who decides how to treat them.
public struct JSONReader {
    /// How deep arrays and objects may be nested, as in the reference library of safetensors.
    static let maximumDepth = 127

    let bytes: [UInt8]
    var position = 0
    private var depth = 0
    private let code: DeeperError.Code

    /// Makes a reader at the start of `bytes`.
    ///
    /// - Parameter code: the code of the errors for malformed text.
    /// - Throws: an error of that code unless `bytes` is UTF-8.
    public init(_ bytes: [UInt8], errors code: DeeperError.Code = .invalidModel) throws {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw DeeperError(code, "the JSON text is not UTF-8")
        }
        self.bytes = bytes
        self.code = code
    }

    /// Reads an object; `member` must consume the value that follows each name.
    public mutating func object(_ member: (_ name: String, _ reader: inout JSONReader) throws -> Void) throws {
        try enter(UInt8(ascii: "{"), "an object")
        defer { depth -= 1 }
        if skip(UInt8(ascii: "}")) { return }
        repeat {
            let name = try string()
            guard skip(UInt8(ascii: ":")) else { throw expected("':'") }
            try member(name, &self)
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw expected("',' or '}'") }
    }

    /// Reads an array; `element` must consume each value.
    public mutating func array(_ element: (_ reader: inout JSONReader) throws -> Void) throws {
        try enter(UInt8(ascii: "["), "an array")
        defer { depth -= 1 }
        if skip(UInt8(ascii: "]")) { return }
        repeat { try element(&self) } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw expected("',' or ']'") }
    }

    /// Reads a number without sign, fraction or exponent.
    ///
    /// - Throws: an error for anything else, and for numbers beyond 64 bits.
    public mutating func unsignedInteger() throws -> UInt64 {
        skipSpace()
        let start = position
        try skipNumber()
        var value: UInt64 = 0
        for byte in bytes[start..<position] {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
            guard byte.isDigit, !overflow, !carry else {
                position = start
                throw expected("a non-negative integer of 64 bits")
            }
            value = sum
        }
        return value
    }

    /// Reads `null` if it comes next.
    public mutating func skipNull() -> Bool { skipLiteral("null") }

    /// Reads any value and discards it.
    public mutating func skipValue() throws {
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): try object { _, reader in try reader.skipValue() }
        case UInt8(ascii: "["): try array { reader in try reader.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try expectLiteral("true")
        case UInt8(ascii: "f"): try expectLiteral("false")
        case UInt8(ascii: "n"): try expectLiteral("null")
        default: try skipNumber()
        }
    }

    /// Checks that only white space is left.
    public mutating func end() throws {
        skipSpace()
        guard position == bytes.count else { throw expected("the end") }
    }

    /// Reads `true` or `false`.
    public mutating func boolean() throws -> Bool {
        if skipLiteral("true") { return true }
        guard skipLiteral("false") else { throw expected("true or false") }
        return false
    }

    /// The first byte of the next value, which is not consumed.
    public mutating func peek() -> UInt8? {
        skipSpace()
        return current
    }

    /// The number of bytes that have not been read yet.
    public var remainingByteCount: Int { bytes.count - position }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Consumes `byte` if it comes next after white space.
    mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func enter(_ byte: UInt8, _ name: String) throws {
        guard skip(byte) else { throw expected(name) }
        guard depth < JSONReader.maximumDepth else {
            throw DeeperError(.limitExceeded, "the JSON text is nested more than \(JSONReader.maximumDepth) deep")
        }
        depth += 1
    }

    private mutating func skipLiteral(_ literal: StaticString) -> Bool {
        skipSpace()
        let matches = literal.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if matches { position += literal.utf8CodeUnitCount }
        return matches
    }

    private mutating func expectLiteral(_ literal: StaticString) throws {
        guard skipLiteral(literal) else { throw expected("\(literal)") }
    }

    private mutating func skipDigits() throws {
        guard let byte = current, byte.isDigit else { throw expected("a digit") }
        while let byte = current, byte.isDigit { position += 1 }
    }

    mutating func skipNumber() throws {
        skipSpace()
        guard let first = current, first.isDigit || first == UInt8(ascii: "-") else { throw expected("a value") }
        if first == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") { position += 1 } else { try skipDigits() }
        if current == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
    }

    func expected(_ what: String) -> DeeperError {
        DeeperError(code, "expected \(what) at byte \(position) of the JSON text")
    }
}

// MARK: Strings

extension JSONReader {
    /// Reads a string and resolves its escapes.
    public mutating func string() throws -> String {
        guard skip(UInt8(ascii: "\"")) else { throw expected("a string") }
        var resolved: [UInt8] = []
        var start = position
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                let rest = bytes[start..<position]
                position += 1
                return resolved.isEmpty
                    ? String(decoding: rest, as: UTF8.self) : String(decoding: resolved + rest, as: UTF8.self)
            case UInt8(ascii: "\\"):
                if start < position { resolved += bytes[start..<position] }
                position += 1
                try appendEscapedScalar(to: &resolved)
                start = position
            case 0..<0x20: throw expected("no control character")
            default: position += 1
            }
        }
        throw expected("the end of a string")
    }

    /// Reads what follows a backslash and appends the character that it encodes, in UTF-8.
    private mutating func appendEscapedScalar(to text: inout [UInt8]) throws {
        guard let byte = current else { throw expected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: try hexScalar().utf8)
        default: throw expected("an escape")
        }
    }

    /// Reads four hexadecimal digits, or two such groups that form a surrogate pair.
    private mutating func hexScalar() throws -> Unicode.Scalar {
        let first = try hexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        else { throw expected("a surrogate pair") }
        position += 2
        let second = try hexUnit()
        guard UTF16.isTrailSurrogate(second) else { throw expected("a trailing surrogate") }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func hexUnit() throws -> UInt16 {
        guard bytes.count - position >= 4 else { throw expected("four hexadecimal digits") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = bytes[position].hexDigitValue else { throw expected("a hexadecimal digit") }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}

extension UInt8 {
    /// Whether this is the code of an ASCII digit.
    package var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    /// The value of the hexadecimal digit whose ASCII code this is.
    fileprivate var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
