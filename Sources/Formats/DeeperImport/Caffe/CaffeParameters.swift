import DeeperTensors

/// The fields of a message such as `convolution_param`, read by name and kind. Fields that nobody asked for are
/// refused at the end, because a parameter that is silently left out makes wrong answers.
struct CaffeParameters {
    private let name: String
    private let fields: [TextMessage.Field]
    private var known: Set<String> = []

    /// - Parameter messages: the occurrences of the message, which protobuf merges.
    init(_ name: String, _ messages: [TextMessage]) {
        self.name = name
        fields = messages.flatMap(\.fields)
    }

    func has(_ field: String) -> Bool { fields.contains { $0.name == field } }

    /// Declares fields that do not change inference.
    mutating func ignore(_ names: String...) { known.formUnion(names) }

    /// - Throws: `unsupported` for a field that was neither read nor ignored, with its line.
    func finish() throws {
        guard let field = fields.first(where: { !known.contains($0.name) }) else { return }
        throw DeeperError(
            .unsupported,
            "\(name) has the field \(field.name.quotedForMessage) (line \(field.line)), which is not known")
    }

    private mutating func values(_ field: String) -> [TextMessage.Field] {
        known.insert(field)
        return fields.filter { $0.name == field }
    }

    private func invalid(_ field: TextMessage.Field, _ expected: String) -> DeeperError {
        let found =
            switch field.value {
            case .word(let word): word.quotedForMessage
            case .text(let text): "the text \(text.quotedForMessage)"
            case .message: "a message"
            }
        return DeeperError(.invalidModel, "line \(field.line): \(field.name) is \(found), expected \(expected)")
    }

    /// All values of a repeated integer.
    mutating func ints(_ field: String) throws -> [Int] {
        try values(field).map { field in
            guard case .word(let word) = field.value, let value = Int(protobufText: word),
                Int(Int32(clamping: value)) == value
            else { throw invalid(field, "an integer of 32 bits") }
            return value
        }
    }

    /// The last value of an integer.
    mutating func int(_ field: String) throws -> Int? { try ints(field).last }

    mutating func floats(_ field: String) throws -> [Float] {
        try values(field).map { field in
            guard case .word(let word) = field.value, let value = Float(protobufText: word) else {
                throw invalid(field, "a number")
            }
            return value
        }
    }

    mutating func float(_ field: String) throws -> Float? { try floats(field).last }

    mutating func flag(_ field: String, default value: Bool) throws -> Bool {
        guard let field = values(field).last else { return value }
        switch field.value {
        case .word("true"), .word("True"), .word("t"), .word("1"): return true
        case .word("false"), .word("False"), .word("f"), .word("0"): return false
        default: throw invalid(field, "true or false")
        }
    }

    /// A name of an enumeration. The text may have its number instead; the names have consecutive ones.
    ///
    /// - Parameter first: the number of the first name; nil if numbers are not read.
    mutating func choice(_ field: String, _ names: [String], numberedFrom first: Int? = 0) throws -> String? {
        guard let field = values(field).last else { return nil }
        guard case .word(let word) = field.value else { throw invalid(field, names.joined(separator: ", ")) }
        if names.contains(word) { return word }
        guard let first, let number = Int(word), (first..<first + names.count).contains(number) else {
            throw invalid(field, names.joined(separator: ", "))
        }
        return names[number - first]
    }

    mutating func texts(_ field: String) throws -> [String] {
        try values(field).map { field in
            guard case .text(let text) = field.value else { throw invalid(field, "a quoted text") }
            return text
        }
    }

    mutating func text(_ field: String) throws -> String? { try texts(field).last }

    mutating func messages(_ field: String) throws -> [TextMessage] {
        try values(field).map { field in
            guard case .message(let message) = field.value else { throw invalid(field, "a message in brackets") }
            return message
        }
    }

    /// A nested message; without fields if there is none.
    mutating func parameters(_ field: String) throws -> CaffeParameters {
        CaffeParameters(field, try messages(field))
    }
}

extension Int {
    /// Decimal, hexadecimal or octal, as in C.
    fileprivate init?(protobufText text: String) {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? text.dropFirst() : text[...]
        let magnitude: Int? =
            if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
                Int(digits.dropFirst(2), radix: 16)
            } else if digits.hasPrefix("0"), digits.count > 1 {
                Int(digits, radix: 8)
            } else {
                digits.allSatisfy(\.isNumber) ? Int(digits) : nil
            }
        guard let magnitude, magnitude >= 0 else { return nil }
        self = isNegative ? -magnitude : magnitude
    }
}

extension Float {
    /// A finite number, which may end in f as in C.
    fileprivate init?(protobufText text: String) {
        let digits = text.hasSuffix("f") || text.hasSuffix("F") ? text.dropLast() : text[...]
        guard let first = digits.utf8.first(where: { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }),
            first == UInt8(ascii: ".") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= first, let value = Float(digits),
            value.isFinite
        else { return nil }
        self = value
    }
}
