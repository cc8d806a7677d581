#if Server
internal import GRPCCore
internal import InferenceProtocol
internal import ModelServing
internal import SwiftProtobuf

extension InferenceService {
    func modelInfer(
        request: Inference_ModelInferRequest, context: ServerContext
    ) async throws -> Inference_ModelInferResponse {
        // The end of a call does not cancel its task: the scheduler has to be told.
        let cancellation = RequestCancellation()
        do {
            return try await withRPCCancellationHandler {
                try await cancellation.run { try await infer(request) }
            } onCancelRPC: {
                cancellation.cancel()
            }
        } catch {
            throw RPCError(ServingError(error))
        }
    }

    /// Requests of a stream are computed side by side as far as the client sends ahead, and answered in order.
    func modelStreamInfer(
        request: RPCAsyncSequence<Inference_ModelInferRequest, any Error>,
        response: RPCWriter<Inference_ModelStreamInferResponse>, context: ServerContext
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Inference_ModelStreamInferResponse).self) { group in
            var sent = 0
            var written = 0
            var finished: [Int: Inference_ModelStreamInferResponse] = [:]
            func collect() async throws {
                guard let (index, message) = try await group.next() else { return }
                finished[index] = message
                while let next = finished.removeValue(forKey: written) {
                    try await response.write(next)
                    written += 1
                }
            }
            for try await message in request {
                if sent - written >= Self.streamDepth { try await collect() }
                let index = sent
                sent += 1
                group.addTask { (index, await streamed(message)) }
            }
            while written < sent { try await collect() }
        }
    }

    /// Requests of one stream that are on their way at once.
    private static let streamDepth = 32

    /// An answer within a stream: what fails there does not end the stream.
    private func streamed(_ request: Inference_ModelInferRequest) async -> Inference_ModelStreamInferResponse {
        do {
            let response = try await infer(request)
            return .with { $0.inferResponse = response }
        } catch {
            return .with { $0.errorMessage = ServingError(error).message }
        }
    }

    private func infer(_ message: Inference_ModelInferRequest) async throws -> Inference_ModelInferResponse {
        let model = try core.repository.model(message.modelName, version: message.modelVersion)
        let request = try InferenceRequest(message)
        let claim = core.budget.claim()
        defer { withExtendedLifetime(claim) {} }
        try claim.add(request.byteCount)
        return try Inference_ModelInferResponse(try await core.infer(request, on: model))
    }
}
#endif
