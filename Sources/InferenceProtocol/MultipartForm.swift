/// The parts of a `multipart/form-data` body (RFC 7578), as curl and browsers send files.
public enum MultipartForm {
    /// The boundary that a Content-Type names; nil for another type.
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

    /// Where in the body the first part with a file lies, or the first part if none names a file.
    ///
    /// - Throws: `badRequest` if the body is not such a form.
    public static func file(in body: [UInt8], boundary: String) throws -> Range<Int> {
        let delimiter = [UInt8]("--\(boundary)".utf8)
        guard let start = find(delimiter, in: body, from: 0) else {
            throw ServingError(.badRequest, "the form's boundary \"\(boundary)\" is not in the body")
        }
        var position = start + delimiter.count
        var first: Range<Int>?
        while !starts(body, with: "--", at: position) {
            guard starts(body, with: "\r\n", at: position),
                let headersEnd = find([UInt8]("\r\n\r\n".utf8), in: body, from: position),
                let end = find([UInt8]("\r\n".utf8) + delimiter, in: body, from: headersEnd + 2)
            else { throw ServingError(.badRequest, "the form is cut off") }
            let content = min(headersEnd + 4, end)..<end
            let headers = String(decoding: body[position..<headersEnd], as: UTF8.self).lowercased()
            if headers.contains("filename=") || headers.contains("filename*=") { return content }
            first = first ?? content
            position = end + 2 + delimiter.count
        }
        guard let first else { throw ServingError(.badRequest, "the form has no parts") }
        return first
    }

    private static func starts(_ body: [UInt8], with text: StaticString, at position: Int) -> Bool {
        text.withUTF8Buffer { position <= body.count && body[position...].starts(with: $0) }
    }

    /// Where `pattern` begins. The first byte of a boundary's line is rare in pictures, so a plain search does.
    private static func find(_ pattern: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        var position = start
        while position + pattern.count <= body.count {
            guard let next = body[position...].firstIndex(of: pattern[0]), next + pattern.count <= body.count else {
                return nil
            }
            if body[next...].starts(with: pattern) { return next }
            position = next + 1
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
