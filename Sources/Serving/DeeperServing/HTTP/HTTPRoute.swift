#if Server
internal import HTTPTypes

/// The meaning of a path.
enum HTTPRoute: Equatable {
    case statusPage(StatusPage.File)
    case metrics, openAPI
    case server, live, ready
    case models, statistics
    case metadata(Model), modelReady(Model), configuration(Model), modelStatistics(Model), infer(Model), classify(Model)
    case index, load(String), unload(String)

    struct Model: Equatable {
        let name: String
        let version: String?
    }

    /// - Parameter path: the path of the request, without the query.
    init?(path: Substring) {
        // Names of models need no percent-encoding.
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.count, parts.first) {
        case (0, _): self = .statusPage(.html)
        case (1, "status.js"): self = .statusPage(.script)
        case (1, "status.css"): self = .statusPage(.style)
        case (1, "metrics"): self = .metrics
        case (1, "openapi.json"): self = .openAPI
        case (_, "v2"): self.init(v2: parts.dropFirst())
        default: return nil
        }
    }

    private init?(v2 parts: ArraySlice<String>) {
        let parts = Array(parts)
        switch parts.first {
        case nil: self = .server
        case "health" where parts == ["health", "live"]: self = .live
        case "health" where parts == ["health", "ready"]: self = .ready
        case "repository" where parts == ["repository", "index"]: self = .index
        case "repository" where parts.count == 4 && parts[1] == "models" && parts[3] == "load": self = .load(parts[2])
        case "repository" where parts.count == 4 && parts[1] == "models" && parts[3] == "unload":
            self = .unload(parts[2])
        case "models" where parts.count == 1: self = .models
        case "models" where parts == ["models", "stats"]: self = .statistics
        case "models": self.init(model: parts.dropFirst())
        default: return nil
        }
    }

    private init?(model parts: ArraySlice<String>) {
        var parts = parts
        let name = parts.removeFirst()
        var version: String?
        if parts.first == "versions", parts.count > 1 {
            version = parts[parts.startIndex + 1]
            parts = parts.dropFirst(2)
        }
        let model = Model(name: name, version: version)
        switch (parts.count, parts.first) {
        case (0, _): self = .metadata(model)
        case (1, "ready"): self = .modelReady(model)
        case (1, "config"): self = .configuration(model)
        case (1, "stats"): self = .modelStatistics(model)
        case (1, "infer"): self = .infer(model)
        case (1, "classify"): self = .classify(model)
        default: return nil
        }
    }

    /// The methods that the route accepts; HEAD is accepted wherever GET is.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .infer, .classify, .load, .unload: [.post]
        // Triton accepts only POST; GET is for browsers.
        case .index: [.get, .head, .post]
        default: [.get, .head]
        }
    }

    /// Whether the request changes something, or costs as much as an inference: pages of other origins must not make a
    /// browser send it.
    var isAction: Bool { methods == [.post] }

    /// Whether the request asks for the state of the server; a port for probes answers only such requests.
    var isForProbes: Bool { [.live, .ready, .metrics].contains(self) }

    /// Whether no token is needed: for probes, which have none, and for the page, which asks its reader for the token.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .statusPage, .openAPI: true
        default: false
        }
    }
}
#endif
