#if Server
/// What a repository knows of one model.
struct ModelSlot {
    enum Condition: Equatable {
        case waiting, loading, ready, unloaded
        case failed(String)

        var state: ModelRepository.State {
            switch self {
            case .ready: .ready
            case .loading: .loading
            case .waiting, .unloaded, .failed: .unavailable
            }
        }

        var reason: String {
            switch self {
            case .waiting: "not loaded yet"
            case .loading: "being loaded"
            case .ready: ""
            case .unloaded: "unloaded"
            case .failed(let message): message
            }
        }
    }

    var source: ModelSource
    /// Whether the server is not ready without it: not so if it came at run time.
    var isRequired = true
    /// What was read last, or tried.
    var readSource: ModelSource?
    /// The files of it.
    var files: [ModelFile] = []
    var condition = Condition.waiting
    /// The newest last; empty unless ready.
    var versions: [ServedModel] = []
    /// The number of the load that is going on.
    var loading: Int?
    /// Changes with every unload: a load that one overtook is of no use any more.
    var generation: Int
}
#endif
