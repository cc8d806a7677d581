#if Server
/// What names a request in logs and errors: the client's own name for it, or a new one.
enum RequestID {
    static let field = "x-request-id"
    private static let longest = 128

    static func choose(_ given: String?) -> String {
        if let given, isFit(given) { return given }
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Names end up in logs: no spaces, nothing that a terminal would follow.
    private static func isFit(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longest && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 }
    }
}
#endif
