#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import FoundationEssentials
internal import GRPCCore
internal import SwiftProtobuf

/// Answers gRPC requests.
struct InferenceService: Sendable {
    let core: ServingCore

    func serverLive(
        _ request: Inference_ServerLiveRequest
    ) async throws -> Inference_ServerLiveResponse { .with { $0.live = true } }

    func serverReady(
        _ request: Inference_ServerReadyRequest
    ) async throws -> Inference_ServerReadyResponse { .with { $0.ready = core.isReady } }

    func modelReady(
        _ request: Inference_ModelReadyRequest
    ) async throws -> Inference_ModelReadyResponse {
        // An unknown model is reported as not ready, as Triton's clients expect.
        .with { $0.ready = core.repository.isReady(request.name, version: request.version) }
    }

    func serverMetadata(
        _ request: Inference_ServerMetadataRequest
    ) async throws -> Inference_ServerMetadataResponse {
        .with {
            $0.name = ServerDocument.name
            $0.version = ServerDocument.version
            $0.extensions = ServerDocument.extensions
        }
    }

    func modelMetadata(
        _ request: Inference_ModelMetadataRequest
    ) async throws -> Inference_ModelMetadataResponse {
        try await answered { .init(try core.repository.description(request.name, version: request.version)) }
    }

    func modelConfig(
        _ request: Inference_ModelConfigRequest
    ) async throws -> Inference_ModelConfigResponse {
        try await answered {
            let description = try core.repository.description(request.name, version: request.version)
            return .with { $0.config = Inference_ModelConfig(description) }
        }
    }

    func modelStatistics(
        _ request: Inference_ModelStatisticsRequest
    ) async throws -> Inference_ModelStatisticsResponse {
        try await answered {
            let models =
                request.name.isEmpty
                ? core.repository.readyModels : [try core.repository.model(request.name, version: request.version)]
            return .with { $0.modelStats = models.map(Inference_ModelStatistics.init) }
        }
    }

    func repositoryIndex(
        _ request: Inference_RepositoryIndexRequest
    ) async throws -> Inference_RepositoryIndexResponse {
        .with {
            $0.models = core.repository.index.filter { !request.ready || $0.state == .ready }.map { entry in
                .with {
                    $0.name = entry.name
                    $0.version = entry.version
                    $0.state = entry.state.rawValue
                    $0.reason = entry.reason
                }
            }
        }
    }

    func repositoryModelLoad(
        _ request: Inference_RepositoryModelLoadRequest
    ) async throws -> Inference_RepositoryModelLoadResponse {
        try await answered {
            try core.checkModelControl()
            try LoadParameters.check(request.parameters.keys)
            try await core.repository.load(request.modelName)
            return .init()
        }
    }

    func repositoryModelUnload(
        _ request: Inference_RepositoryModelUnloadRequest
    ) async throws -> Inference_RepositoryModelUnloadResponse {
        try await answered {
            try core.checkModelControl()
            try LoadParameters.check(request.parameters.keys)
            try core.repository.unload(request.modelName)
            return .init()
        }
    }

    /// Translates errors into those of gRPC.
    private func answered<Output>(_ body: () async throws -> Output) async throws -> Output {
        do {
            return try await body()
        } catch {
            throw RPCError(ServingError(error))
        }
    }
}
#endif
