#if Server
import NIOHTTP1
import Testing

@testable import DeeperServing

struct RequestHeadCheckTests {
    private func fault(_ headers: [(String, String)], _ version: HTTPVersion = .http1_1) -> String? {
        RequestHeadCheck.fault(
            of: HTTPRequestHead(version: version, method: .GET, uri: "/", headers: HTTPHeaders(headers)))
    }

    @Test(
        "a request has one Host",
        arguments: ["localhost", "a.b-c_d:80", "127.0.0.1:8080", "[::1]:80", "[::1]", "x:", ""])
    func host(name: String) { #expect(fault([("Host", name)]) == nil) }

    @Test(
        "an invalid Host is refused",
        arguments: ["a b", "a/b", "user@host", "a:80:80", "a:x", "[::1", "[]", "[g]", "a,b\u{7f}", "a:1234567", "ä"])
    func malformed(name: String) { #expect(fault([("Host", name)])?.contains("is no host") == true) }

    @Test("HTTP/1.1 needs a Host, and nobody may send two")
    func number() {
        #expect(fault([])?.contains("no Host") == true)
        #expect(fault([], .http1_0) == nil)
        #expect(fault([("Host", "a"), ("host", "a")])?.contains("2 Host") == true)
    }

    @Test("no transfer coding except for chunked is decoded, so no other is accepted")
    func codings() {
        #expect(fault([("Host", "a"), ("Transfer-Encoding", "Chunked")]) == nil)
        for value in ["gzip, chunked", "chunked, gzip", "identity", "gzip", "xchunked"] {
            #expect(fault([("Host", "a"), ("Transfer-Encoding", value)])?.contains("only chunked") == true)
        }
        #expect(fault([("Host", "a"), ("Transfer-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]) != nil)
    }
}
#endif
