/// The parts of a `multipart/form-data` body (RFC 7578), as curl and browsers send files.
public enum MultipartForm {
    /// The boundary given by a Content-Type; nil for another type.
    public static func boundary(ofContentType value: String) -> String? {
        let fields = value.split(separator: ";").map(trimmed)
        guard fields.first?.lowercased() == "multipart/form-data" else { return nil }
        for field in fields.dropFirst() {
            let parts = field.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, trimmed(parts[0]).lowercased() == "boundary" else { continue }
            var name = trimmed(parts[1])
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") {
                name = String(name.dropFirst().dropLast())
            }
            return name.isEmpty || name.utf8.count > 70 ? nil : name
        }
        return nil
    }

    /// The largest number of bytes that a part's headers may have.
    private static let largestHeaders = 16 << 10
    private static let largestPartCount = 1000

    /// The range of the first part with a file, or of the first part if none names a file.
    ///
    /// Takes time in proportion to the body's length.
    ///
    /// - Throws: `badRequest` if the body is not such a form.
    public static func file(in body: [UInt8], boundary: String) throws -> Range<Int> {
        try body.withUnsafeBytes { try file(in: $0, boundary) }
    }

    private static func file(in body: UnsafeRawBufferPointer, _ boundary: String) throws -> Range<Int> {
        let first = "--\(boundary)", delimiter = "\r\n--\(boundary)"
        guard let start = find(first, in: body, from: 0) else {
            throw ServingError(.badRequest, "the form's boundary \"\(boundary)\" is not in the body")
        }
        var position = start + first.utf8.count
        var plain: Range<Int>?
        for _ in 0..<largestPartCount {
            if starts(body, with: "--", at: position) {
                guard let plain else { throw ServingError(.badRequest, "the form has no parts") }
                return plain
            }
            guard starts(body, with: "\r\n", at: position) else { throw cutOff }
            let headers = UnsafeRawBufferPointer(rebasing: body[..<min(body.count, position + largestHeaders)])
            guard let headersEnd = find("\r\n\r\n", in: headers, from: position) else {
                throw headers.count < body.count
                    ? ServingError(.badRequest, "a part of the form has more than \(largestHeaders) bytes of headers")
                    : cutOff
            }
            guard let end = find(delimiter, in: body, from: headersEnd + 2) else { throw cutOff }
            let content = min(headersEnd + 4, end)..<end
            let text = String(decoding: body[position..<headersEnd], as: UTF8.self).lowercased()
            if text.contains("filename=") || text.contains("filename*=") { return content }
            plain = plain ?? content
            position = end + delimiter.utf8.count
        }
        throw ServingError(.badRequest, "the form has more than \(largestPartCount) parts")
    }

    private static let cutOff = ServingError(.badRequest, "the form is cut off")

    private static func starts(_ body: UnsafeRawBufferPointer, with text: StaticString, at position: Int) -> Bool {
        text.withUTF8Buffer { position <= body.count && body[position...].starts(with: $0) }
    }

    /// Where `pattern` begins, by the algorithm of Knuth, Morris and Pratt, which reads every byte only once.
    private static func find(_ pattern: String, in body: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let pattern = Array(pattern.utf8)
        guard start <= body.count else { return nil }
        return pattern.withUnsafeBufferPointer { pattern in
            // For each byte of the pattern, the length of the longest prefix that ends there.
            var borders = [Int](repeating: 0, count: pattern.count)
            var length = 0
            for index in pattern.indices.dropFirst() {
                while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
                if pattern[index] == pattern[length] { length += 1 }
                borders[index] = length
            }
            length = 0
            for position in start..<body.count {
                let byte = body[position]
                while length > 0, byte != pattern[length] { length = borders[length - 1] }
                if byte == pattern[length] { length += 1 }
                if length == pattern.count { return position + 1 - length }
            }
            return nil
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
