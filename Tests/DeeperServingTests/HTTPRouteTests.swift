#if Server
import HTTPTypes
import Testing

@testable import DeeperServing

/// Paths of the protocol.
struct HTTPRouteTests {
    @Test("every path of the protocol is known")
    func known() {
        let expected: [(String, HTTPRoute)] = [
            ("/", .statusPage(.html)), ("/status.js", .statusPage(.script)), ("/status.css", .statusPage(.style)),
            ("/metrics", .metrics), ("/v2", .server), ("/v2/", .server), ("/v2/health/live", .live),
            ("/v2/health/ready", .ready), ("/v2/models", .models), ("/v2/models/stats", .statistics),
            ("/v2/models/m", .metadata(.init(name: "m", version: nil))),
            ("/v2/models/m/versions/3", .metadata(.init(name: "m", version: "3"))),
            ("/v2/models/m/ready", .modelReady(.init(name: "m", version: nil))),
            ("/v2/models/m/versions/3/ready", .modelReady(.init(name: "m", version: "3"))),
            ("/v2/models/m/config", .configuration(.init(name: "m", version: nil))),
            ("/v2/models/m/versions/3/stats", .modelStatistics(.init(name: "m", version: "3"))),
            ("/v2/models/m/infer", .infer(.init(name: "m", version: nil))),
            ("/v2/models/m/versions/3/infer", .infer(.init(name: "m", version: "3"))),
            ("/v2/models/m/classify", .classify(.init(name: "m", version: nil))),
            ("/v2/repository/index", .index), ("/v2/repository/models/m/load", .load("m")),
            ("/v2/repository/models/m/unload", .unload("m")),
        ]
        for (path, route) in expected { #expect(HTTPRoute(path: path[...]) == route, "\(path)") }
    }

    @Test(
        "others are not",
        arguments: [
            "/v1", "/v2/health", "/v2/health/up", "/v2/models/m/versions", "/v2/models/m/infer/x", "/v2/models/m/nope",
            "/v2/models/m/versions/1/nope", "/v2/repository", "/v2/repository/models/m", "/status.png", "/v2x",
        ])
    func unknown(path: String) { #expect(HTTPRoute(path: path[...]) == nil) }

    @Test("only requests that change nothing may use GET")
    func methods() {
        #expect(HTTPRoute(path: "/v2/models/m/infer")?.methods == [.post])
        #expect(HTTPRoute(path: "/v2/models/m")?.methods == [.get, .head])
        #expect(HTTPRoute(path: "/v2/repository/models/m/unload")?.isAction == true)
        #expect(HTTPRoute(path: "/metrics")?.isOpen == false)
        #expect(HTTPRoute(path: "/v2/health/ready")?.isOpen == true)
    }
}
#endif
