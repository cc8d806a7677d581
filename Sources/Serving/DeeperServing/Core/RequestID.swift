#if Server
/// The ID of a request in logs and errors: the one that the client gave, or a new one.
enum RequestID {
    static let field = "x-request-id"
    private static let longest = 128

    static func choose(_ given: String?) -> String {
        if let given, isFit(given) { return given }
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Whether an ID is safe in logs: without spaces and without characters that a terminal would interpret.
    private static func isFit(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longest && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 }
    }
}
#endif
