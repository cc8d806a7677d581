#if Server
internal import GRPCCore

/// The inference service, with the messages of its two large methods left encoded until they reach the threads for that.
struct EncodedInferenceService: RegistrableRPCService {
    private typealias Method = Inference_GRPCInferenceService.Method
    let service: InferenceService

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        service.registerMethods(with: &router)
        // These take the places of the generated ones.
        router.registerHandler(
            forMethod: Method.ModelInfer.descriptor, deserializer: EncodedMessage.Deserializer(),
            serializer: EncodedMessage.Serializer()
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse(
                single: ServerResponse(message: try await service.modelInfer(request.message)))
        }
        router.registerHandler(
            forMethod: Method.ModelStreamInfer.descriptor, deserializer: EncodedMessage.Deserializer(),
            serializer: EncodedMessage.Serializer()
        ) { request, _ in
            StreamingServerResponse { writer in
                try await service.modelStreamInfer(request.messages, writer)
                return [:]
            }
        }
    }
}
#endif
