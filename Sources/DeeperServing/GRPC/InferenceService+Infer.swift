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
                cancel(cancellation)
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
        let answers = OrderedAnswers<Inference_ModelStreamInferResponse>(depth: Self.streamDepth)
        let cancellation = RequestCancellation()
        try await withRPCCancellationHandler {
            try await cancellation.run {
                try await withThrowingDiscardingTaskGroup { group in
                    group.addTask {
                        do {
                            while let answer = await answers.next() { try await response.write(answer) }
                        } catch {
                            await answers.close()
                            throw error
                        }
                    }
                    do {
                        for try await message in request {
                            guard let index = await answers.admit() else { break }
                            group.addTask { await answers.put(await streamed(message), at: index) }
                        }
                    } catch {
                        await answers.end()
                        throw error
                    }
                    await answers.end()
                }
            }
        } onCancelRPC: {
            cancel(cancellation)
        }
    }

    private static let streamDepth = 32

    /// The end of the server also counts as cancellation, but what was accepted is answered.
    private func cancel(_ cancellation: RequestCancellation) {
        if !core.isEnding { cancellation.cancel() }
    }

    /// An answer within a stream: what fails there does not end the stream.
    private func streamed(_ request: Inference_ModelInferRequest) async -> Inference_ModelStreamInferResponse {
        var answer = Inference_ModelStreamInferResponse()
        do {
            answer.inferResponse = try await infer(request)
        } catch {
            answer.errorMessage = ServingError(error).message
            // Clients match answers to requests by it.
            answer.inferResponse.id = request.id
        }
        answer.inferResponse.parameters["triton_final_response"] = .with { $0.boolParam = true }
        return answer
    }

    private func infer(_ message: Inference_ModelInferRequest) async throws -> Inference_ModelInferResponse {
        let model = try core.repository.model(message.modelName, version: message.modelVersion)
        let claim = core.budget.claim()
        defer { withExtendedLifetime(claim) {} }
        let request = try await core.reading(for: model) {
            try claim.add(message.rawInputContents.reduce(0) { $0 + $1.count })
            return try InferenceRequest(message)
        }
        return try Inference_ModelInferResponse(try await core.infer(request, on: model))
    }
}
#endif
