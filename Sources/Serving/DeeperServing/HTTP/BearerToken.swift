#if Server
internal import DeeperInferenceProtocol

/// The secret that clients must send.
struct BearerToken: Sendable {
    private let bytes: [UInt8]

    init(_ token: String) { bytes = [UInt8](token.utf8) }

    /// - Parameter authorization: the header's value.
    /// - Throws: `unauthorized` unless it contains the token. The comparison takes constant time.
    func check(_ authorization: String?) throws {
        let parts = (authorization ?? "").split(separator: " ", maxSplits: 1)
        let given = parts.count == 2 && parts[0].lowercased() == "bearer" ? [UInt8](parts[1].utf8) : []
        var difference = given.count ^ bytes.count
        for (index, byte) in bytes.enumerated() {
            difference |= Int(byte ^ (index < given.count ? given[index] : 0))
        }
        guard difference == 0 else { throw ServingError(.unauthorized, "the bearer token is missing or wrong") }
    }
}
#endif
