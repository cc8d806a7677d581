#if Server
internal import DeeperInferenceProtocol
internal import NIOCore
internal import NIOHTTP1

/// Refuses heads that a proxy in front of this server may interpret differently (RFC 9112, 3.2 and 6.1), and sets the
/// Connection header to `close` for requests that end their connection: later handlers do not see HTTP's version, and
/// compare the header with this exact value.
final class RequestHeadCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if let fault = Self.fault(of: head) {
            isRefused = true
            return context.fireErrorCaught(ServingError(.badRequest, fault))
        }
        if !head.isKeepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    static func fault(of head: HTTPRequestHead) -> String? {
        let hosts = head.headers["Host"]
        if hosts.count > 1 { return "the request has \(hosts.count) Host headers" }
        if hosts.isEmpty, head.version != .http1_0 { return "the request has no Host header" }
        if let host = hosts.first, !isAuthority(host) { return "the Host header \"\(host)\" is no host" }
        let codings = head.headers["Transfer-Encoding"]
        guard codings.isEmpty || codings.count == 1 && codings[0].lowercased() == "chunked" else {
            return "Transfer-Encoding \(codings.joined(separator: ", ")) is not supported, only chunked"
        }
        return nil
    }

    /// A name or an address, with or without a port (RFC 3986, 3.2.2); empty if the request is for no host.
    private static func isAuthority(_ text: String) -> Bool {
        var name = text.utf8[...]
        if name.first == UInt8(ascii: "[") {
            guard let end = name.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = name[name.index(after: name.startIndex)..<end]
            guard !address.isEmpty, address.allSatisfy({ isHexDigit($0) || ":.".utf8.contains($0) }) else {
                return false
            }
            name = name[name.index(after: end)...]
            return name.isEmpty || isPort(name)
        }
        if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            guard isPort(name[colon...]) else { return false }
            name = name[..<colon]
        }
        return name.allSatisfy { isHexDigit($0) || isLetter($0) || "-._~!$&'()*+,;=%".utf8.contains($0) }
    }

    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        text.first == UInt8(ascii: ":") && text.dropFirst().allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            && text.count <= 6
    }

    private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 0x20
    }
}
#endif
