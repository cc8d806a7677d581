#if Server
internal import DeeperInferenceProtocol
internal import DeeperModelServing
internal import GRPCCore
internal import SwiftProtobuf

extension InferenceService {
    /// Registered with encoded messages: see ``registerMethods(with:)``.
    func modelInfer(_ request: EncodedMessage) async throws -> EncodedMessage {
        // The end of a call does not cancel its task, so the scheduler has to be notified.
        let cancellation = RequestCancellation()
        do {
            return try await withRPCCancellationHandler {
                try await cancellation.run {
                    let claim = core.budget.claim()
                    let message = try await decoded(request, claim)
                    return try await infer(message, request.byteCount, claim) { try EncodedMessage($0) }
                }
            } onCancelRPC: {
                cancel(cancellation)
            }
        } catch {
            throw RPCError(ServingError(error))
        }
    }

    /// Requests of a stream are computed concurrently if the client sends ahead, and answered in order.
    func modelStreamInfer(
        _ request: RPCAsyncSequence<EncodedMessage, any Error>, _ response: RPCWriter<EncodedMessage>
    ) async throws {
        let answers = OrderedAnswers<StreamAnswer>(depth: Self.streamDepth)
        let cancellation = RequestCancellation()
        try await withRPCCancellationHandler {
            try await cancellation.run {
                try await withThrowingDiscardingTaskGroup { group in
                    group.addTask {
                        do {
                            while let answer = await answers.next() {
                                try await response.write(answer.message)
                                withExtendedLifetime(answer.claim) {}
                            }
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

    /// gRPC also reports the end of the server as cancellation, but accepted requests are still answered.
    private func cancel(_ cancellation: RequestCancellation) {
        if !core.isEnding { cancellation.cancel() }
    }

    /// An answer, and the memory that it holds until it is written.
    private struct StreamAnswer: Sendable {
        let message: EncodedMessage
        let claim: ByteBudget.Claim
    }

    /// Computes an answer within a stream: a failure does not end the stream.
    private func streamed(_ encoded: EncodedMessage) async -> StreamAnswer {
        let claim = core.budget.claim()
        return StreamAnswer(message: await streamed(encoded, claim), claim: claim)
    }

    private func streamed(_ encoded: EncodedMessage, _ claim: ByteBudget.Claim) async -> EncodedMessage {
        var id = ""
        do {
            let message = try await decoded(encoded, claim)
            id = message.id
            return try await infer(message, encoded.byteCount, claim) { response in
                try EncodedMessage(Self.streamAnswer { $0.inferResponse = response })
            }
        } catch {
            let error = ServingError(error)
            // Clients match answers to requests by the id.
            let answer = Self.streamAnswer {
                $0.errorMessage = error.message
                $0.inferResponse.id = id
            }
            // Such a short message can always be encoded.
            return (try? EncodedMessage(answer)) ?? EncodedMessage()
        }
    }

    private static func streamAnswer(
        _ fill: (inout Inference_ModelStreamInferResponse) -> Void
    ) -> Inference_ModelStreamInferResponse {
        .with {
            fill(&$0)
            $0.inferResponse.parameters["triton_final_response"] = .with { $0.boolParam = true }
        }
    }

    private func decoded(
        _ encoded: EncodedMessage, _ claim: ByteBudget.Claim
    ) async throws -> Inference_ModelInferRequest {
        let limit = core.configuration.maxBodyBytes
        let isLong = encoded.isCompressed
        return try await core.coding(byteCount: isLong ? .max : encoded.byteCount) {
            let plain = try encoded.inflated(limit: limit)
            // The received bytes are claimed by the stream's guard.
            if plain.byteCount != encoded.byteCount { try claim.add(plain.byteCount) }
            try claim.add(try plain.withUnsafeBytes { try InferRequestScan($0).decodedByteCount })
            return try plain.decoded(limit: limit)
        }
    }

    private func infer(
        _ message: Inference_ModelInferRequest, _ byteCount: Int, _ claim: ByteBudget.Claim,
        _ encode: @escaping @Sendable (Inference_ModelInferResponse) throws -> EncodedMessage
    ) async throws -> EncodedMessage {
        defer { withExtendedLifetime(claim) {} }
        let model = try core.repository.model(message.modelName, version: message.modelVersion)
        let request = try await core.reading(for: model) {
            try await core.coding(byteCount: byteCount) { try InferenceRequest(message) }
        }
        let response = try await core.infer(request, on: model, claim)
        let answerCount = response.outputs.reduce(0) { $0 + $1.byteCount }
        // Claimed twice: once for the bytes, once for the message.
        try claim.add(2 * answerCount)
        return try await core.coding(byteCount: answerCount) { try encode(Inference_ModelInferResponse(response)) }
    }
}
#endif
