#if Server
internal import DeeperInferenceProtocol

extension ServingConfiguration {
    /// Detects DNS rebinding: a page whose name was made to point at this machine after it was loaded looks like a page
    /// of this server, except for the name.
    ///
    /// - Parameter authority: the request's host, with its port.
    /// - Throws: `forbidden` for a name that is not this server's, if the server serves only this machine and needs no
    ///   token.
    func checkHost(_ authority: String?) throws {
        guard token == nil, isLoopback, let authority else { return }
        let name = Self.name(of: authority)
        guard Self.isLoopback(name) || name == host || allowedHosts.contains(name) else {
            throw ServingError(
                .forbidden, "this server does not go by the name \"\(name)\"; the setting allowed-hosts adds names")
        }
    }

    private var isLoopback: Bool { Self.isLoopback(host) }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// The name of the host, without port and brackets.
    private static func name(of authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        return String(text.prefix { $0 != ":" })
    }
}
#endif
