internal import DeeperJSON
import DeeperTensors

/// A reader for the few kinds of Python literals in `.npy` headers and in the metadata of models. White space between
/// them is skipped.
struct PythonScanner {
    let bytes: [UInt8]
    var position = 0
    /// The name of the text in errors.
    private let title: String

    init(bytes: [UInt8], title: String = "header") {
        self.bytes = bytes
        self.title = title
    }

    /// Consumes `text` if it comes next.
    mutating func skip(_ text: StaticString) -> Bool {
        skipSpace()
        let matches = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if matches { position += text.utf8CodeUnitCount }
        return matches
    }

    /// Consumes `text`.
    ///
    /// - Throws: `invalidModel` if something else comes next, as do the functions below.
    mutating func expect(_ text: StaticString) throws {
        guard skip(text) else { throw expected("'\(text)'") }
    }

    /// Reads a string in single or double quotation marks, without escapes. It may have the prefix `u`, which Python 2
    /// writes for Unicode strings.
    mutating func string() throws -> String {
        _ = skip("u")
        let quote: UInt8
        if skip("'") {
            quote = UInt8(ascii: "'")
        } else if skip("\"") {
            quote = UInt8(ascii: "\"")
        } else {
            throw expected("a string")
        }
        guard let end = bytes[position...].firstIndex(of: quote),
            !bytes[position..<end].contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }),
            let text = String(validating: bytes[position..<end], as: UTF8.self)
        else { throw expected("a string without escapes") }
        position = end + 1
        return text
    }

    /// Reads `True` or `False`.
    mutating func bool() throws -> Bool {
        if skip("True") { return true }
        if skip("False") { return false }
        throw expected("True or False")
    }

    /// Reads a tuple of non-negative integers, such as `()`, `(3,)` or `(3, 4)`.
    ///
    /// - Throws: `invalidModel` for anything else, `limitExceeded` for more than `limit` numbers.
    mutating func integers(atMost limit: Int) throws -> [Int] {
        try expect("(")
        var values: [Int] = []
        while !skip(")") {
            guard values.count < limit else {
                throw DeeperError(.limitExceeded, "a tuple has more than \(limit) numbers")
            }
            values.append(try integer())
            guard skip(",") else {
                guard values.count > 1 else { throw expected("',' after the only number of a tuple") }
                try expect(")")
                break
            }
        }
        return values
    }

    /// Checks that only white space is left.
    mutating func end() throws {
        skipSpace()
        guard position == bytes.count else { throw expected("the end") }
    }

    /// Reads a non-negative integer in decimal digits.
    mutating func integer() throws -> Int {
        skipSpace()
        let digits = bytes[position...].prefix(while: \.isDigit)
        guard let value = Int(String(decoding: digits, as: UTF8.self)), digits.count == 1 || digits.first != 0x30
        else { throw expected("a non-negative integer of 63 bits") }
        position = digits.endIndex
        // Python 2 writes an L after long integers.
        if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
        return value
    }

    private mutating func skipSpace() {
        position = bytes[position...].firstIndex { $0 != 0x20 && !(0x09...0x0D ~= $0) } ?? bytes.endIndex
    }

    func expected(_ what: String) -> DeeperError {
        DeeperError(.invalidModel, "expected \(what) at byte \(position) of the \(title)")
    }
}
