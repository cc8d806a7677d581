#if Server
internal import GRPCCore

/// The kind of a stream, which determines how its guard treats it.
enum StreamKind {
    /// A question about the state of the server: answered even when no memory is left.
    case probe
    /// Short questions with short answers.
    case control
    /// Like `control`, but the client may pause between messages.
    case conversation
    case inference
    case inferences

    init(path: String) {
        self = Self.paths[path] ?? .control
    }

    private static let paths: [String: StreamKind] = {
        var paths: [MethodDescriptor: StreamKind] = [
            Inference_GRPCInferenceService.Method.ServerLive.descriptor: .probe,
            Inference_GRPCInferenceService.Method.ServerReady.descriptor: .probe,
            MethodDescriptor(service: HealthService.service, method: HealthService.checkMethod): .probe,
            Inference_GRPCInferenceService.Method.ModelInfer.descriptor: .inference,
            Inference_GRPCInferenceService.Method.ModelStreamInfer.descriptor: .inferences,
        ]
        for service in ReflectionService.services {
            paths[MethodDescriptor(service: service, method: ReflectionService.method)] = .conversation
        }
        return Dictionary(uniqueKeysWithValues: paths.map { ("/\($0.key.fullyQualifiedMethod)", $0.value) })
    }()

    /// Whether several messages may arrive, with pauses between them.
    var isStreaming: Bool {
        switch self {
        case .conversation, .inferences: true
        case .probe, .control, .inference: false
        }
    }

    /// The largest message.
    ///
    /// - Parameter tensors: the limit for messages with tensors.
    func messageLimit(tensors: Int) -> Int {
        switch self {
        case .probe: 4 << 10
        case .control, .conversation: min(tensors, SmallMessage.largestByteCount)
        case .inference, .inferences: tensors
        }
    }
}
#endif
