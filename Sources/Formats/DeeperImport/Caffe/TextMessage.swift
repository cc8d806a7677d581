import DeeperTensors

/// A message in protobuf's text format (https://protobuf.dev/reference/protobuf/textformat-spec), without a schema: the
/// meaning of its fields is up to the reader.
struct TextMessage: Sendable {
    struct Field: Sendable {
        var name: String
        var value: Value
        /// The line of the file in which the field's name is, from 1.
        var line: Int
    }

    enum Value: Sendable {
        /// A number or a name, as written.
        case word(String)
        /// A quoted text, without its quotation marks and escapes.
        case text(String)
        case message(TextMessage)
    }

    var fields: [Field] = []

    /// The largest text that is read, in bytes. Networks of a thousand layers take less than one million.
    static let largestText = 16 << 20
    /// The largest number of fields of a text, in all nested messages together.
    static let mostFields = 1 << 18

    /// - Throws: `invalidModel`, naming the line, for text that is malformed; `limitExceeded` for too much of it.
    init(parsing bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count <= TextMessage.largestText else {
            throw DeeperError(
                .limitExceeded, "the text has \(bytes.count) bytes, at most \(TextMessage.largestText) are allowed")
        }
        var parser = TextMessageParser(bytes)
        self = try parser.wholeMessage()
    }

    init() {}
}

/// The text format's grammar.
private struct TextMessageParser {
    private let bytes: UnsafeRawBufferPointer
    private var place = 0
    private var line = 1
    private var fieldCount = 0
    private static let deepest = 32

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func wholeMessage() throws -> TextMessage {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
        let message = try fields(until: nil, depth: 0)
        guard !message.fields.isEmpty else { throw error("the text has no fields") }
        return message
    }

    private func error(_ message: String) -> DeeperError { DeeperError(.invalidModel, "line \(line): \(message)") }

    /// The fields up to the closing bracket, or to the end of the text.
    private mutating func fields(until end: UInt8?, depth: Int) throws -> TextMessage {
        guard depth <= TextMessageParser.deepest else {
            throw DeeperError(
                .limitExceeded, "line \(line): messages are nested more than \(TextMessageParser.deepest) deep")
        }
        var message = TextMessage()
        let firstLine = line
        while true {
            skipSpace()
            guard let next = peek() else {
                guard end == nil else { throw error("the bracket opened in line \(firstLine) is not closed") }
                return message
            }
            if next == end {
                place += 1
                return message
            }
            try field(into: &message, depth: depth)
        }
    }

    private mutating func field(into message: inout TextMessage, depth: Int) throws {
        let start = line
        let name = try fieldName()
        skipSpace()
        let hasColon = peek() == UInt8(ascii: ":")
        if hasColon {
            place += 1
            skipSpace()
        }
        if hasColon, peek() == UInt8(ascii: "[") {
            place += 1
            skipSpace()
            while peek() != UInt8(ascii: "]") {
                try add(name, try value(depth: depth), start, to: &message)
                skipSpace()
                if peek() == UInt8(ascii: ",") {
                    place += 1
                    skipSpace()
                } else if peek() != UInt8(ascii: "]") {
                    throw error("expected ',' or ']' in the list of \(name.quotedForMessage)")
                }
            }
            place += 1
        } else {
            let value = try value(depth: depth)
            if !hasColon {
                guard case .message = value else { throw error("expected ':' after \(name.quotedForMessage)") }
            }
            try add(name, value, start, to: &message)
        }
        skipSpace()
        if let separator = peek(), separator == UInt8(ascii: ",") || separator == UInt8(ascii: ";") { place += 1 }
    }

    private mutating func add(
        _ name: String, _ value: TextMessage.Value, _ line: Int, to message: inout TextMessage
    ) throws {
        fieldCount += 1
        guard fieldCount <= TextMessage.mostFields else {
            throw DeeperError(.limitExceeded, "the text has more than \(TextMessage.mostFields) fields")
        }
        message.fields.append(TextMessage.Field(name: name, value: value, line: line))
    }

    private mutating func fieldName() throws -> String {
        let name = word()
        guard let first = name.utf8.first, first == UInt8(ascii: "_") || isLetter(first) else {
            let found = peek().map { String(UnicodeScalar($0)).quotedForMessage } ?? "the end"
            throw error("expected the name of a field, found \(name.isEmpty ? found : name.quotedForMessage)")
        }
        return name
    }

    private mutating func value(depth: Int) throws -> TextMessage.Value {
        switch peek() {
        case UInt8(ascii: "{"):
            place += 1
            return .message(try fields(until: UInt8(ascii: "}"), depth: depth + 1))
        case UInt8(ascii: "<"):
            place += 1
            return .message(try fields(until: UInt8(ascii: ">"), depth: depth + 1))
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try quotedText())
        default:
            let word = word()
            guard !word.isEmpty else { throw error("a value is missing") }
            return .word(word)
        }
    }

    /// Quoted texts that follow each other are one.
    private mutating func quotedText() throws -> String {
        var text: [UInt8] = []
        while let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            place += 1
            while true {
                guard let byte = peek(), byte != UInt8(ascii: "\n") else { throw error("a quoted text does not end") }
                place += 1
                if byte == quote { break }
                text.append(byte == UInt8(ascii: "\\") ? try escapedByte() : byte)
            }
            skipSpace()
        }
        guard let result = String(validating: text, as: UTF8.self) else { throw error("a text is not UTF-8") }
        return result
    }

    private mutating func escapedByte() throws -> UInt8 {
        guard let byte = peek() else { throw error("a quoted text does not end") }
        place += 1
        switch byte {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "?"): return byte
        default: throw error("the escape \\\(String(UnicodeScalar(byte))) is not supported")
        }
    }

    private func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }

    private func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }

    /// A run of the bytes of names and numbers; may be empty.
    private mutating func word() -> String {
        let start = place
        while let byte = peek(),
            isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "_.+-".utf8.contains(byte)
        {
            place += 1
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func skipSpace() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                place += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), 11, 12: place += 1
            case UInt8(ascii: "#"): while let next = peek(), next != UInt8(ascii: "\n") { place += 1 }
            default: return
            }
        }
    }
}
