#if Server
internal import Deeper
internal import DeeperInferenceProtocol
internal import DeeperMetrics
internal import DeeperModelServing
internal import HTTPTypes
internal import Hummingbird

/// Answers all requests except for inference.
struct Documents {
    let core: ServingCore

    /// - Parameter body: the request's body, read by the index and by model control; the bodies that clients send with
    ///   other requests are ignored.
    func answer(_ route: HTTPRoute, _ body: SegmentedBody) async throws -> Response {
        switch route {
        case .statusPage(let file): return StatusPage.response(file)
        case .metrics: return .text(try await core.metricsText(), type: "text/plain; version=0.0.4; charset=utf-8")
        case .openAPI: return .text(OpenAPIDocument.text, type: "application/json")
        case .server: return try .json(ServerDocument())
        case .live: return try .json(["live": true])
        case .ready:
            let isReady = core.isReady
            return try .json(["live": true, "ready": isReady], status: isReady ? .ok : .serviceUnavailable)
        case .models: return try .json(["models": core.repository.names])
        case .statistics: return try .json(StatisticsDocument(core.repository.readyModels))
        case .metadata(let model): return try .json(MetadataDocument(try description(model)))
        case .configuration(let model): return try .json(ConfigurationDocument(try description(model)))
        case .modelReady(let model): return try modelReady(model)
        case .modelStatistics(let model):
            return try .json(StatisticsDocument([try core.repository.model(model.name, version: model.version)]))
        case .index:
            let isReadyOnly = try await core.coding(byteCount: body.byteCount) {
                try JSONRequestParser.indexIsReadyOnly(body.bytes(0..<body.byteCount))
            }
            return try .json(
                core.repository.index.filter { !isReadyOnly || $0.state == .ready }.map(IndexEntry.init))
        case .load(let name):
            try core.checkModelControl()
            try await checkParameters(body)
            try await core.repository.load(name)
            return try .json([String: String]())
        case .unload(let name):
            try core.checkModelControl()
            try await checkParameters(body)
            try core.repository.unload(name)
            return try .json([String: String]())
        case .infer, .classify: throw ServingError(.internalFault, "an inference is no document")
        }
    }

    private func checkParameters(_ body: SegmentedBody) async throws {
        try await core.coding(byteCount: body.byteCount) {
            try LoadParameters.check(body: body.bytes(0..<body.byteCount))
        }
    }

    private func description(_ model: HTTPRoute.Model) throws -> ModelDescription {
        try core.repository.description(model.name, version: model.version)
    }

    private func modelReady(_ model: HTTPRoute.Model) throws -> Response {
        struct Body: Encodable {
            let name: String
            let ready: Bool
        }
        _ = try core.repository.model(model.name, version: model.version)
        return try .json(Body(name: model.name, ready: true))
    }

    private struct IndexEntry: Encodable {
        let name: String
        let version: String?
        let state: String
        let reason: String?

        init(_ entry: ModelRepository.Entry) {
            name = entry.name
            version = entry.version.isEmpty ? nil : entry.version
            state = entry.state.rawValue
            reason = entry.reason.isEmpty ? nil : entry.reason
        }
    }
}

/// The description of the server.
struct ServerDocument: Encodable {
    static let name = "deeper"
    static let version = DeeperVersion.text
    static let extensions = [
        "classification", "model_configuration", "model_repository", "statistics", "binary_tensor_data",
    ]

    let name = Self.name
    let version = Self.version
    let extensions = Self.extensions

    enum CodingKeys: String, CodingKey { case name, version, extensions }
}
#endif
