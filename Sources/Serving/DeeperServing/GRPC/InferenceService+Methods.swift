#if Server
internal import GRPCCore
internal import GRPCProtobuf
internal import SwiftProtobuf

extension InferenceService: RegistrableRPCService {
    private typealias Method = Inference_GRPCInferenceService.Method

    /// Registers the methods by hand: the generated registration would decode the large messages of the two inference
    /// methods on Swift's cooperative pool; here they stay encoded until they reach the threads for long work.
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        register(Method.ServerLive.descriptor, in: &router, serverLive)
        register(Method.ServerReady.descriptor, in: &router, serverReady)
        register(Method.ServerMetadata.descriptor, in: &router, serverMetadata)
        register(Method.ModelReady.descriptor, in: &router, modelReady)
        register(Method.ModelMetadata.descriptor, in: &router, modelMetadata)
        register(Method.ModelConfig.descriptor, in: &router, modelConfig)
        register(Method.ModelStatistics.descriptor, in: &router, modelStatistics)
        register(Method.RepositoryIndex.descriptor, in: &router, repositoryIndex)
        register(Method.RepositoryModelLoad.descriptor, in: &router, repositoryModelLoad)
        register(Method.RepositoryModelUnload.descriptor, in: &router, repositoryModelUnload)
        router.registerHandler(
            forMethod: Method.ModelInfer.descriptor, deserializer: EncodedMessage.Deserializer(),
            serializer: EncodedMessage.Serializer(), handler: single(modelInfer))
        router.registerHandler(
            forMethod: Method.ModelStreamInfer.descriptor, deserializer: EncodedMessage.Deserializer(),
            serializer: EncodedMessage.Serializer()
        ) { request, _ in
            StreamingServerResponse { writer in
                try await modelStreamInfer(request.messages, writer)
                return [:]
            }
        }
    }

    private func register<Transport: ServerTransport, Input: Message, Output: Message>(
        _ method: MethodDescriptor, in router: inout RPCRouter<Transport>,
        _ answer: @escaping @Sendable (Input) async throws -> Output
    ) {
        router.registerHandler(
            forMethod: method, deserializer: SmallMessage.Deserializer<Input>(),
            serializer: ProtobufSerializer<Output>(),
            handler: single(answer))
    }

    /// A handler of one message in each direction.
    private func single<Input: Sendable, Output: Sendable>(
        _ answer: @escaping @Sendable (Input) async throws -> Output
    ) -> @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output> {
        { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: try await answer(request.message)))
        }
    }
}
#endif
