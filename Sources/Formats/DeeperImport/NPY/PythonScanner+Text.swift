internal import DeeperTensors

extension PythonScanner {
    /// Reads a string in single or double quotation marks with the escapes that Python's `repr` writes.
    mutating func text() throws -> String {
        let quote: UInt8
        if skip("'") {
            quote = UInt8(ascii: "'")
        } else if skip("\"") {
            quote = UInt8(ascii: "\"")
        } else {
            throw expected("a string")
        }
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != quote {
            if bytes[position] == UInt8(ascii: "\\") {
                position += 1
                text += try escaped().utf8
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        guard position < bytes.count, let result = String(validating: text, as: UTF8.self) else {
            throw expected("the end of a string in UTF-8")
        }
        position += 1
        return result
    }

    /// Reads what follows a backslash.
    private mutating func escaped() throws -> Unicode.Scalar {
        guard position < bytes.count else { throw expected("an escape") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): return Unicode.Scalar(byte)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "x"): return try hexadecimal(digits: 2)
        case UInt8(ascii: "u"): return try hexadecimal(digits: 4)
        case UInt8(ascii: "U"): return try hexadecimal(digits: 8)
        default:
            position -= 1
            throw expected("an escape")
        }
    }

    private mutating func hexadecimal(digits count: Int) throws -> Unicode.Scalar {
        let digits = bytes[position...].prefix(count)
        guard digits.count == count, !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(number)
        else { throw expected("\(count) hexadecimal digits") }
        position += count
        return scalar
    }
}
